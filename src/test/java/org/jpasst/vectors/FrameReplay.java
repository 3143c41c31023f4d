package org.jpasst.vectors;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jpasst.lab.Lab;

/**
 * Plays a vector to a running back-end: sends what the guest sent, does outside the guest what was
 * done there, and compares what comes back.
 *
 * <p>That nothing comes is not waited for but asked for: a question is sent that is answered for
 * sure, and nothing else may come before the answer to it.
 */
final class FrameReplay implements AutoCloseable {
  private static final Duration ANSWER = Duration.ofSeconds(3);

  /** Time for what takes a turn through sockets and kernel before it comes back to the guest. */
  static final Duration QUIET = Duration.ofMillis(30);

  /** The same where no question can be asked, in the middle of a frame. */
  private static final Duration QUIET_WITHOUT_PROBE = Duration.ofMillis(200);

  /** From this delay on, a frame's time is checked: it comes from a timer. */
  private static final Duration TIMED = Duration.ofMillis(700);

  private static final Duration EARLY = Duration.ofMillis(400);
  private static final Duration LATE = Duration.ofMillis(900);

  private final FrameVector vector;
  private final Path path;
  private final OutsideSockets outside;
  private final Map<List<Object>, TcpExpectation> tcp;
  private final List<Frame> unmatched = new ArrayList<>();
  private final Map<Frame, byte[]> serverIds = new HashMap<>();
  private final LivenessProbe probe;
  private final PartialFrame partial = new PartialFrame();
  private final UnaryOperator<Frame> device;
  private final Duration quiet;
  private GuestSocket guest;
  private long stepEnd;

  /**
   * A replay to come.
   *
   * @param device what the guest's device makes of each frame before it sends it
   * @param quiet time in which nothing comes where nothing may
   */
  FrameReplay(
      FrameVector vector, UnaryOperator<Frame> device, Duration quiet, Lab lab, Path socket) {
    this.vector = vector;
    this.device = device;
    this.quiet = quiet;
    this.path = socket;
    this.outside = new OutsideSockets(lab);
    this.tcp =
        expected(vector).stream()
            .filter(each -> each.frame().isTcp())
            .collect(Collectors.groupingBy(each -> TcpExpectation.key(each.frame())))
            .entrySet()
            .stream()
            .collect(
                Collectors.toMap(Map.Entry::getKey, each -> new TcpExpectation(each.getValue())));
    this.probe = LivenessProbe.forOptions(vector.options());
    this.guest = GuestSocket.connect(socket);
  }

  /**
   * Plays all steps.
   *
   * @throws AssertionError at the first difference
   */
  void run() {
    stepEnd = System.nanoTime();
    vector.startup().forEach(each -> await(each, Duration.ZERO));
    int number = 0;
    for (Step step : vector.steps()) {
      try {
        perform(step);
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("step %d, %s: %s".formatted(number, step, e.getMessage()), e);
      }
      stepEnd = System.nanoTime();
      number++;
    }
    expectSilence();
    tcp.values().forEach(each -> fail(each.difference()));
  }

  @Override
  public void close() {
    guest.close();
    outside.close();
  }

  private void perform(Step step) {
    switch (step) {
      case Step.Send send -> send(send);
      case Step.Expect expect -> await(expect.frame(), expect.delay());
      case Step.Silence _ -> expectSilence();
      case Step.Closed _ -> expectEnd(guest);
      case Step.Raw raw -> {
        partial.add(raw.bytes());
        guest.write(raw.bytes());
      }
      case Step.Disconnect _ -> guest.close();
      case Step.Reconnect _ -> {
        guest.close();
        partial.clear();
        guest = GuestSocket.connect(path);
      }
      case Step.SecondGuest _ -> {
        try (GuestSocket second = GuestSocket.connect(path)) {
          expectEnd(second);
        }
      }
      case Step.UdpBind bind -> outside.bind(bind);
      case Step.UdpReceive receive -> {
        if (receive.datagram().isEmpty()) {
          expectSilence();
        }
        outside.receive(receive);
      }
      case Step.UdpSend send -> outside.send(send);
      case Step.TcpListen listen -> outside.listen(listen);
      case Step.TcpAccept accept -> outside.accept(accept);
      case Step.TcpConnect connect -> outside.connect(connect);
      case Step.TcpSend send -> outside.send(send);
      case Step.TcpReceive receive -> outside.receive(receive);
      case Step.TcpClose close -> outside.close(close);
      case Step.TcpShutdownWrite shutdown -> outside.shutdown(shutdown);
      case Step.TcpReset reset -> outside.reset(reset);
    }
  }

  private void send(Step.Send step) {
    Frame frame = step.frame();
    if (frame.isTcp()) {
      TcpExpectation answers = tcp.get(TcpExpectation.keyOfAnswer(frame));
      if (step.acknowledges().isPresent()) {
        frame = frame.withAcknowledgement(answers.initial() + step.acknowledges().getAsLong());
      }
      if (answers != null) {
        answers.guestSent();
      }
    }
    guest.send(device.apply(withServerId(frame)));
  }

  private void await(ExpectedFrame expected, Duration delay) {
    TcpExpectation.Condition condition =
        expected.frame().isTcp()
            ? tcp.get(TcpExpectation.key(expected.frame())).expect(expected)
            : () -> take(expected);
    long deadline = stepEnd + delay.plus(ANSWER).toNanos();
    Optional<String> missing = condition.missing();
    while (missing.isPresent()) {
      long left = deadline - System.nanoTime();
      Optional<Frame> next = guest.receive(Duration.ofNanos(Math.max(0, left)));
      if (next.isEmpty()) {
        throw new AssertionError(guest.ended() ? "the connection was closed" : missing.get());
      }
      received(next.get());
      missing = condition.missing();
    }
    if (delay.compareTo(TIMED) > 0) {
      Duration took = Duration.ofNanos(System.nanoTime() - stepEnd);
      if (took.compareTo(delay.minus(EARLY)) < 0 || took.compareTo(delay.plus(LATE)) > 0) {
        throw new AssertionError("came after %s, not %s".formatted(took, delay));
      }
    }
  }

  private Optional<String> take(ExpectedFrame expected) {
    for (Frame each : unmatched) {
      if (expected.matches(each)) {
        unmatched.remove(each);
        learnServerId(expected.frame(), each);
        return Optional.empty();
      }
    }
    return Optional.of(
        unmatched.isEmpty()
            ? "not received: " + expected.frame()
            : expected.difference(unmatched.getFirst()).orElseThrow());
  }

  private void received(Frame frame) {
    if (frame.isTcp()) {
      TcpExpectation expectation = tcp.get(TcpExpectation.key(frame));
      if (expectation == null) {
        throw new AssertionError("unexpected segment: " + frame);
      }
      expectation.received(frame);
    } else if (!LivenessProbe.isAnnouncement(frame)) {
      unmatched.add(frame);
    }
  }

  /** Checks that the back-end has sent nothing beyond what was expected, and is alive. */
  private void expectSilence() {
    if (partial.isOpen()) {
      receiveFor(QUIET_WITHOUT_PROBE);
    } else {
      receiveFor(quiet);
      Frame question = probe.next();
      guest.send(question);
      long deadline = System.nanoTime() + ANSWER.toNanos();
      while (true) {
        Optional<Frame> next =
            guest.receive(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
        if (next.isEmpty()) {
          throw new AssertionError("no answer to " + question);
        }
        if (probe.isAnswer(next.get())) {
          break;
        }
        received(next.get());
      }
    }
    if (!unmatched.isEmpty()) {
      throw new AssertionError("unexpected: " + unmatched);
    }
    tcp.values().forEach(each -> fail(each.excess()));
  }

  private void receiveFor(Duration time) {
    long deadline = System.nanoTime() + time.toNanos();
    for (long left = time.toNanos(); left > 0; left = deadline - System.nanoTime()) {
      Optional<Frame> next = guest.receive(Duration.ofNanos(left));
      if (guest.ended()) {
        throw new AssertionError("the connection was closed");
      }
      next.ifPresent(this::received);
    }
  }

  private static void expectEnd(GuestSocket socket) {
    long deadline = System.nanoTime() + ANSWER.toNanos();
    while (!socket.ended()) {
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        throw new AssertionError("the connection stays open");
      }
      socket.receive(Duration.ofNanos(left));
    }
  }

  private void learnServerId(Frame recorded, Frame actual) {
    if (ExpectedFrame.isDhcpv6Answer(recorded)) {
      ExpectedFrame.dhcpv6ServerId(recorded)
          .ifPresent(
              at ->
                  serverIds.put(
                      Frame.of(recorded.range(at.offset(), at.offset() + at.length())),
                      actual.range(at.offset(), at.offset() + at.length())));
    }
  }

  /** A request names the server as the recording's server did; this one is named otherwise. */
  private Frame withServerId(Frame frame) {
    if (!ExpectedFrame.isDhcpv6Request(frame)) {
      return frame;
    }
    return ExpectedFrame.dhcpv6ServerId(frame)
        .flatMap(
            at ->
                Optional.ofNullable(
                        serverIds.get(
                            Frame.of(frame.range(at.offset(), at.offset() + at.length()))))
                    .map(actual -> frame.with(at.offset(), actual).withTransportChecksum()))
        .orElse(frame);
  }

  private static void fail(Optional<String> difference) {
    difference.ifPresent(
        each -> {
          throw new AssertionError(each);
        });
  }

  private static List<ExpectedFrame> expected(FrameVector vector) {
    return vector.steps().stream()
        .filter(Step.Expect.class::isInstance)
        .map(each -> ((Step.Expect) each).frame())
        .toList();
  }
}
