package org.jpasst.migrate.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import org.jpasst.lab.Await;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTest;
import org.jpasst.linux.Errno;
import org.jpasst.linux.ErrnoException;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.SocketLevel;
import org.jpasst.linux.SocketOption;
import org.jpasst.linux.Sockets;
import org.jpasst.migrate.socket.MigratedConnection.Family;
import org.jpasst.migrate.stream.SocketFields;
import org.jpasst.migrate.stream.SocketRecord;
import org.jpasst.migrate.stream.TcpState;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Queues of many sizes for a process that may not go beyond the system's limits. */
@LabTest
final class QueueFillerIT {
  /** Beyond all of the kernel's limits: twice net.core.wmem_max, net.ipv4.tcp_rmem. */
  private static final int HUGE = 40 << 20;

  private Lab lab;

  @BeforeEach
  void setUp() {
    lab = Lab.open();
  }

  @AfterEach
  void tearDown() {
    lab.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 100_000, 1 << 20, 12 << 20})
  void receiveQueuesWithinTheLimitsNeedNoPrivilege(int length) throws Exception {
    try (var connection = MigratedConnection.connect(lab, Family.IPV4, 2 * HUGE)) {
      connection.peer().write(length);
      connection.ours().awaitUnread(length);
      connection.bringBack(connection.takeAway(), unprivileged());
      SocketMigrationIT.goesOnToTheEnd(connection, TcpState.ESTABLISHED);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 100_000, 1 << 20})
  void sendQueuesWithinTheLimitsNeedNoPrivilege(int length) throws Exception {
    try (var connection = MigratedConnection.connect(lab, Family.IPV6, 2 * HUGE)) {
      lab.host().sysctl("net.ipv4.tcp_slow_start_after_idle", "0");
      openWindows(connection, length);
      connection.cutBack();
      connection.ours().write(length);
      SocketRecord.Dumped dumped = connection.takeAway();
      assertThat(dumped.sentPart().byteSize()).isEqualTo(length);
      connection.bringBack(dumped, unprivileged());
      SocketMigrationIT.goesOnToTheEnd(connection, TcpState.ESTABLISHED);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatIsBeyondThemIsToldAsLackOfBuffers(boolean receive) throws Exception {
    try (var connection = MigratedConnection.connect(lab, Family.IPV4, 2 * HUGE)) {
      if (receive) {
        connection.peer().write(HUGE);
        connection.ours().awaitUnread(HUGE);
      } else {
        connection.cutBack();
        connection.ours().write(HUGE);
      }
      SocketRecord.Dumped dumped = allSent(connection.takeAway());
      assertThatThrownBy(() -> connection.bringBack(dumped, unprivileged()))
          .isInstanceOf(ErrnoException.class)
          .hasMessageContaining("ENOBUFS");
    }
  }

  /** Sends until so much may be in flight. */
  private static void openWindows(MigratedConnection connection, int length) {
    StreamEnd ours = connection.ours();
    byte[] reno = "reno".getBytes(StandardCharsets.US_ASCII); // doesn't mind the short path
    MemorySegment name = Arena.ofAuto().allocate(reno.length);
    name.copyFrom(MemorySegment.ofArray(reno));
    int result =
        new LinuxSockets()
            .setsockopt(
                ours.fd(), SocketLevel.TCP, SocketOption.TCP_CONGESTION, name, 0, reno.length);
    assertThat(result).isZero();
    Await.until(
        "a congestion window of " + length + " bytes",
        StreamEnd.SOON,
        () -> {
          ours.write(1 << 20);
          connection.peer().readAll(ours);
          ours.awaitAcknowledged();
          return (long) ours.info().congestionWindow() * ours.info().sendMss() > length;
        });
  }

  /** As if the whole send queue had been sent, and lost: all of it must fit at once. */
  private static SocketRecord.Dumped allSent(SocketRecord.Dumped dumped) {
    SocketFields f = dumped.fields();
    var fields =
        new SocketFields(
            f.seqSnd(),
            f.seqRcv(),
            f.sndq(),
            0,
            f.rcvq(),
            f.mss(),
            f.timestamp(),
            f.window(),
            f.sndWs(),
            f.rcvWs(),
            f.state(),
            f.options());
    return new SocketRecord.Dumped(fields, dumped.sendQueue(), dumped.receiveQueue());
  }

  private static Sockets unprivileged() {
    var sockets = new LinuxSockets();
    return (Sockets)
        Proxy.newProxyInstance(
            Sockets.class.getClassLoader(),
            new Class<?>[] {Sockets.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("setsockopt")
                  && (arguments[2].equals(SocketOption.SO_RCVBUFFORCE)
                      || arguments[2].equals(SocketOption.SO_SNDBUFFORCE))) {
                return -Errno.EPERM;
              }
              try {
                return method.invoke(sockets, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}
