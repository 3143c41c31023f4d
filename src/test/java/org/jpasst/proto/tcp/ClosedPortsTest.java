package org.jpasst.proto.tcp;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jpasst.config.ChangedConfiguration;
import org.jpasst.config.Configuration;
import org.jpasst.config.ForwardClosed;
import org.jpasst.config.ForwardRule;
import org.jpasst.config.ForwardRule.Protocol;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.DescriptorReserve;
import org.jpasst.proto.socket.LoopbackHost;
import org.jpasst.stats.Counter;
import org.jpasst.vectors.Frame;
import org.jpasst.wire.TcpHeader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What peers find at forwarded ports where the guest takes no connections. */
@Timeout(60)
final class ClosedPortsTest {
  private static final int ACK = TcpHeader.ACK;
  private static final int RST = TcpHeader.RST;
  private static final int SYN = TcpHeader.SYN;

  private ScriptedGuest guest;
  private int port;

  private void start(ForwardClosed way) throws IOException {
    start(ChangedConfiguration.from(ScriptedGuest.configuration(1500)).forwardClosed(way).get());
  }

  private void start(Configuration configuration) throws IOException {
    guest = new ScriptedGuest(new LinuxSockets(), configuration, DescriptorReserve.none());
    try (var free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    forward(Optional.of(IpAddress.LOOPBACK4), ScriptedGuest.PORT);
  }

  private void forward(Optional<IpAddress> at, int target) {
    var rule =
        new ForwardRule(
            Protocol.TCP, at, Optional.empty(), port, port, target, Optional.empty(), false);
    assertThat(guest.stack.forwards().replace(List.of(rule))).isEmpty();
  }

  @AfterEach
  void close() {
    assertThat(guest.counters.value(Counter.LOOP_FAILURES)).isZero();
    guest.stack.close();
    guest.close();
  }

  private Socket connect() throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), port);
  }

  /** The host doesn't take the connection. */
  private void assertRefused() {
    guest.settle();
    assertThatThrownBy(this::connect).isInstanceOf(ConnectException.class);
    assertThat(guest.received()).isEmpty();
  }

  private void answer(Segment syn, int flags) {
    guest.peerPort = syn.sourcePort();
    byte[] none = new byte[0];
    guest.segment(flags | ACK, guest.sequence, syn.sequence() + 1, none, none);
    guest.flush();
  }

  /** A peer connects and is refused by the guest. */
  private void refusePeer() throws IOException {
    try (Socket client = connect()) {
      Segment syn = guest.expect();
      assertThat(syn.flags()).isEqualTo(SYN);
      answer(syn, RST);
      assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
    }
  }

  /** A peer's connection is refused, and a question after it. */
  private void closePort() throws IOException {
    refusePeer();
    answer(guest.expect(), RST);
    assertRefused();
  }

  /** A second passes; what the guest is asked. */
  private List<Segment> tick() {
    guest.advance(SECONDS.toNanos(1));
    guest.stack.tcpListeners().onTick(guest.now());
    return guest.received();
  }

  private Segment question() {
    List<Segment> asked = tick();
    assertThat(asked).hasSize(1);
    assertThat(asked.getFirst().flags()).isEqualTo(SYN);
    return asked.getFirst();
  }

  @Test
  void byDefaultPeersConnectWhateverTheGuestHasSaid() throws IOException {
    start(ForwardClosed.LISTEN);
    for (int i = 0; i < 3; i++) {
      refusePeer();
      assertThat(tick()).isEmpty();
    }
  }

  @Test
  void aPortIsClosedUntilTheGuestTakesConnections() throws IOException {
    start(ForwardClosed.REFUSE);
    closePort();
    answer(question(), RST);
    assertRefused();
    answer(question(), SYN);
    // The guest's program isn't to hear of the question.
    assertThat(guest.received()).extracting(Segment::flags).containsExactly(RST);
    assertThat(guest.flows.size()).isZero();
    try (Socket client = connect()) {
      Segment syn = guest.expect();
      answer(syn, SYN);
      guest.sequence++;
      guest.expected = syn.sequence() + 1;
      guest.send(ACK, "served");
      assertThat(client.getInputStream().readNBytes(6)).asString().isEqualTo("served");
    }
    for (int i = 0; i < 100; i++) {
      guest.received();
      assertThat(tick()).noneMatch(each -> each.flags() == SYN);
    }
  }

  @Test
  void aGuestThatRejectsByIcmpClosesThePortAsWell() throws IOException {
    start(ForwardClosed.REFUSE);
    try (Socket client = connect()) {
      guest.rejects(13, guest.expect(), 0);
      assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
    }
    Segment question = guest.expect();
    guest.rejects(13, question, 1); // made up
    guest.settle();
    connect().close();
    guest.received();
    guest.rejects(13, question, 0);
    assertRefused();
  }

  @Test
  void aGuestThatRejectsOnlyThatPeerKeepsThePortOpen() throws IOException {
    start(ForwardClosed.REFUSE);
    refusePeer();
    answer(guest.expect(), SYN);
    assertThat(guest.received()).extracting(Segment::flags).containsExactly(RST);
    connect().close();
  }

  @Test
  void aGuestIsAskedOnceASecondHoweverManyPeersItRefuses() throws IOException {
    start(ForwardClosed.REFUSE);
    refusePeer();
    Segment question = guest.expect();
    refusePeer();
    refusePeer();
    assertThat(guest.received()).isEmpty();
    answer(question, RST);
    assertRefused();
    guest.advance(MILLISECONDS.toNanos(900));
    guest.stack.tcpListeners().onTick(guest.now());
    assertThat(guest.received()).isEmpty();
  }

  @Test
  void anAnswerToSomethingElseChangesNothing() throws IOException {
    start(ForwardClosed.REFUSE);
    refusePeer();
    Segment question = guest.expect();
    guest.peerPort = question.sourcePort();
    byte[] none = new byte[0];
    guest.segment(RST | ACK, 0, question.sequence() + 2, none, none);
    guest.peerPort++;
    guest.segment(RST | ACK, 0, question.sequence() + 1, none, none);
    guest.flush();
    guest.settle();
    connect().close();
  }

  @Test
  void aPortThatTheGuestMayServeOverTheOtherVersionStaysOpen() throws IOException {
    Configuration both = LoopbackHost.configuration();
    start(ChangedConfiguration.from(both).forwardClosed(ForwardClosed.REFUSE).get());
    forward(Optional.empty(), ScriptedGuest.PORT);
    refusePeer();
    List<Frame> asked = new ArrayList<>();
    while (!guest.sink.frames().isEmpty()) {
      asked.add(Frame.of(guest.sink.frames().getFirst()));
      if (asked.size() == 1) {
        answer(Segment.of(guest.sink.take()), RST);
      } else {
        guest.sink.take();
      }
    }
    assertThat(asked).hasSize(2);
    guest.settle();
    connect().close();
  }

  @Test
  void theLongerAPortIsClosedTheLessOftenIsTheGuestAsked() throws IOException {
    start(ForwardClosed.REFUSE);
    closePort();
    int asked = 0;
    int silent = 0;
    for (int second = 0; second < 3600; second++) {
      List<Segment> questions = tick();
      questions.forEach(each -> answer(each, RST));
      asked += questions.size();
      silent = questions.isEmpty() ? silent + 1 : 0;
      assertThat(silent).isLessThan(30);
    }
    assertThat(asked).isBetween(120, 160);
    answer(untilAsked(), SYN);
    connect().close();
  }

  private Segment untilAsked() {
    List<Segment> asked = tick();
    for (int i = 0; i < 30 && asked.isEmpty(); i++) {
      asked = tick();
    }
    return asked.getFirst();
  }

  @Test
  void ofManyClosedPortsAllAreAskedAboutButNotAtOnce() throws IOException {
    start(ForwardClosed.REFUSE);
    IpAddress at = IpAddress.parse("127.1.2.3").orElseThrow(); // where all ports are free
    int first = 20_000;
    int last = first + PortQuestions.MOST + 43;
    List<ForwardRule> rules = new ArrayList<>();
    for (port = first; port <= last; port++) {
      rules.add(
          new ForwardRule(
              Protocol.TCP,
              Optional.of(at),
              Optional.empty(),
              port,
              port,
              ScriptedGuest.PORT,
              Optional.empty(),
              false));
    }
    assertThat(guest.stack.forwards().replace(rules)).isEmpty();
    for (port = first; port <= last; port++) {
      new Socket("127.1.2.3", port).close();
      answer(guest.expect(), RST);
      answer(guest.expect(), RST);
      guest.advance(MILLISECONDS.toNanos(1));
    }
    List<Segment> asked = tick();
    assertThat(asked).hasSizeBetween(PortQuestions.MOST / 2, PortQuestions.MOST);
    int all = asked.size();
    asked.forEach(each -> answer(each, SYN));
    guest.received();
    for (int second = 0; second < 2; second++) {
      asked = tick();
      all += asked.size();
      asked.forEach(each -> answer(each, SYN));
      guest.received();
    }
    assertThat(all).isEqualTo(rules.size());
    assertThat(tick()).isEmpty();
  }

  @Test
  void aPortThatGoesElsewhereOrIsForwardedAnewIsListenedAt() throws IOException {
    start(ForwardClosed.REFUSE);
    closePort();
    forward(Optional.of(IpAddress.LOOPBACK4), 80);
    connect().close();
    guest.received();
    forward(Optional.of(IpAddress.LOOPBACK4), ScriptedGuest.PORT);
    guest.advance(SECONDS.toNanos(1));
    closePort();
    assertThat(guest.stack.forwards().replace(List.of())).isEmpty();
    forward(Optional.of(IpAddress.LOOPBACK4), ScriptedGuest.PORT);
    connect().close();
  }

  @Test
  void aClosedPortCostsNothingAndStaysClosedWhileTheGuestMoves() throws IOException {
    start(ForwardClosed.REFUSE);
    closePort();
    assertThat(guest.loop.turn(0)).isZero();
    guest.stack.tcpListeners().freeze();
    assertThat(tick()).isEmpty();
    assertRefused();
    guest.stack.tcpListeners().thaw();
    assertRefused();
    answer(question(), SYN);
    guest.received();
    connect().close();
    guest.expect();
  }
}
