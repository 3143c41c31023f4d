package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jpasst.lab.Answer;
import org.jpasst.lab.AnsweredDatagrams;
import org.jpasst.lab.Await;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.Operator;
import org.jpasst.lab.SwitchedGuest;
import org.jpasst.lab.SwitchedGuest.Attachment;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A bridged QEMU guest moves between two hosts on one switch, there and back, while numbered
 * datagrams come for it. Only what is sent after its state was saved, and before the switch knows
 * where it is, may be lost.
 */
@LabTest
final class BridgedQemuMigrationIT {
  private static final int MOVES = 3;
  private static final int PORT = 5001;
  private static final int MARKED = 5010;
  private static final int PER_SECOND = 1_000;

  /** Enough that each has a turn of the sender's, and of the receiver's, to itself. */
  private static final int SOME = 50;

  private static final Duration SOON = Duration.ofSeconds(20);

  /**
   * Datagrams of a move.
   *
   * @param first the first that may be lost
   * @param end the first that may not
   */
  private record Losable(int first, int end) {
    boolean holds(Jump jump) {
      return jump.last + 1 >= first && jump.next <= end;
    }
  }

  /** A datagram came next that isn't the one behind the last. */
  private record Jump(int last, int next) {
    static Jump of(String line) {
      String[] numbers = line.split(" ");
      return new Jump(Integer.parseInt(numbers[0]), Integer.parseInt(numbers[1]));
    }
  }

  @BeforeEach
  void skipPasst() {
    assumeFalse(BackEnd.isReal(), "passt translates");
  }

  @Test
  void whatReachedTheSourceBeforeItsStateWasSavedComesOnceAndInOrder() {
    try (SwitchedGuest moving = SwitchedGuest.boot(Attachment.VHOST_USER, List.of());
        AnsweredDatagrams datagrams = start(moving)) {
      List<Losable> losable = new ArrayList<>();
      for (int i = 0; i < MOVES; i++) {
        datagrams.awaitArrival();
        int[] kept = new int[1];
        moving.move(() -> kept[0] = keepSome(moving, datagrams));
        datagrams.awaitArrival();
        losable.add(new Losable(kept[0], datagrams.sent()));
      }
      check(moving, datagrams, losable);
    }
  }

  /**
   * The back-ends carry the state, as soon as the guest has stopped. What was in the guest's socket
   * then is lost besides, as nobody reads it any more (docs/migration.md).
   */
  @Test
  void nothingIsLostBesideTheMomentOfTheMoveWhereTheBackEndsCarryTheState() {
    try (SwitchedGuest moving = SwitchedGuest.boot(Attachment.STREAM, List.of());
        AnsweredDatagrams datagrams = start(moving)) {
      List<Losable> losable = new ArrayList<>();
      for (int i = 0; i < MOVES; i++) {
        datagrams.awaitArrival();
        int before = datagrams.sent();
        moving.move();
        datagrams.awaitArrival();
        losable.add(new Losable(before, datagrams.sent()));
        Await.until("the state", SOON, () -> moving.messages().contains("state loaded"));
      }
      check(moving, datagrams, losable);
    }
  }

  private static AnsweredDatagrams start(SwitchedGuest moving) {
    moving.speak();
    moving.guest().run("/tmp/arrivals udp " + PORT + " tell >/tmp/jumps 2>&1 &");
    moving.guest().console().await("netstat -lun | grep -q ':" + PORT + " '");
    return AnsweredDatagrams.start(moving.remote(), Lab.HOST4, PORT, PER_SECOND);
  }

  /**
   * The guest has stopped, and datagrams come for it.
   *
   * @return how many of them have reached the source
   */
  private static int keepSome(SwitchedGuest moving, AnsweredDatagrams datagrams) {
    datagrams.awaitSent(SOME);
    int reached = datagrams.sent();
    datagrams.awaitSent(SOME);
    // What stands behind them in the same queue is in the cache: so they are, too.
    try (Operator operator = Operator.connect(moving.lab());
        DatagramChannel marker = moving.remote().call(DatagramChannel::open)) {
      marker.send(ByteBuffer.allocate(SOME), new InetSocketAddress(Lab.HOST4, MARKED));
      Await.until("a cached marker", SOON, () -> isCached(operator, Lab.HOST4 + ":" + MARKED));
      return reached;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isCached(Operator operator, String destination) {
    try {
      return operator.ask("migrate cache").contains("> " + destination + "\"");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void check(
      SwitchedGuest moving, AnsweredDatagrams datagrams, List<Losable> losable) {
    Answer answer = datagrams.stop();
    String told = moving.guest().run("cat /tmp/jumps");
    System.out.println(answer + ", jumps: " + told.replace('\n', ',') + " losable: " + losable);
    assertThat(answer.again()).as("came twice").isZero();
    assertThat(answer.behind()).as("came late").isZero();
    assertThat(told.lines().map(Jump::of))
        .as("jumps over what was lost, within %s", losable)
        .allMatch(jump -> losable.stream().anyMatch(each -> each.holds(jump)));
  }
}
