package org.jpasst.guest.vhostuser;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jpasst.guest.vhostuser.FrontEnd.BUFFERS;
import static org.jpasst.guest.vhostuser.FrontEnd.NEXT;
import static org.jpasst.guest.vhostuser.FrontEnd.RECEIVE;
import static org.jpasst.guest.vhostuser.FrontEnd.TRANSMIT;
import static org.jpasst.guest.vhostuser.FrontEnd.WRITE;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.jpasst.guest.DeviceState;
import org.jpasst.guest.LentFrame;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.MessageFlag;
import org.jpasst.linux.SocketPair;
import org.jpasst.stats.Counter;
import org.jpasst.wire.InternetChecksum;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a front-end asks for in the course of a guest's life, and how it is answered. */
@Timeout(60)
final class DeviceTest {
  private static final int VIRTIO_HEADER = 12;
  private static final int ETHERNET = 14;
  private static final long ALL = Features.DEVICE & ~Features.LOG_ALL;
  private static final int[] NO_DESCRIPTORS = {};
  private static final int ACKNOWLEDGE = 1 | 8;

  @TempDir Path directory;

  private final Random random = new Random(3);
  private LinkBed bed;
  private FrontEnd frontEnd;

  @BeforeEach
  void open() throws IOException {
    bed = new LinkBed(directory);
    frontEnd = bed.frontEnd();
  }

  @AfterEach
  void close() {
    bed.close();
  }

  private long ask(int request, long... payload) {
    frontEnd.send(request, ACKNOWLEDGE, NO_DESCRIPTORS, payload);
    bed.settle();
    return frontEnd.answer().orElseThrow();
  }

  @Test
  void aQueueWithoutAKickDescriptorIsLookedAtAllTheSame() {
    bed.setUp(Features.VERSION_1 | Features.PROTOCOL_FEATURES);
    frontEnd.send(Request.GET_VRING_BASE, 1, new int[0], FrontEnd.pair(TRANSMIT, 0));
    frontEnd.send(Request.SET_VRING_KICK, 1, new int[0], 0x100 | TRANSMIT);
    bed.settle();
    for (int i = 1; i <= 3; i++) {
      frontEnd.descriptor(TRANSMIT, i, FrontEnd.BUFFERS, 100, 0, 0);
      frontEnd.offer(TRANSMIT, i);
      while (bed.frames.size() < i) {
        bed.loop.turn(100);
      }
    }
    assertThat(frontEnd.usedIndex(TRANSMIT)).isEqualTo(3);
  }

  @Test
  void whatIsOfferedIsTold() {
    assertThat(ask(Request.GET_FEATURES)).isEqualTo(Features.DEVICE);
    assertThat(ask(Request.GET_PROTOCOL_FEATURES)).isEqualTo(Features.PROTOCOL);
    assertThat(ask(Request.GET_QUEUE_NUM)).isEqualTo(Device.MAX_PAIRS);
    assertThat(ask(Request.GET_MAX_MEM_SLOTS)).isEqualTo(GuestMemory.MAX_REGIONS);
  }

  /** The numbers that passt answers with; see DeviceStateIT, which asks it. */
  @Test
  void whatPasstOffersIsAllThatIsOfferedWhereThatIsAskedFor() throws IOException {
    offerAsPasst();
    assertThat(ask(Request.GET_FEATURES)).isEqualTo(0x1_4400_8002L);
    assertThat(ask(Request.GET_PROTOCOL_FEATURES)).isEqualTo(0x8_000e);
    assertThat(ask(Request.GET_QUEUE_NUM)).isEqualTo(1);
  }

  @Test
  void whatPasstOffersIsEnoughForFramesBothWays() throws IOException {
    offerAsPasst();
    bed.setUp(Offer.AS_PASST.device() & ~Features.LOG_ALL);
    sendBothWays(1);
  }

  @Test
  void aFeatureThatPasstDoesNotOfferIsRefusedWhereItsAreOffered() throws IOException {
    offerAsPasst();
    frontEnd.setUp(Offer.AS_PASST.device() & ~Features.LOG_ALL | Features.GUEST_TSO4);
    bed.settle();
    assertThat(bed.messages)
        .singleElement()
        .asString()
        .contains("the front-end sent features that weren't offered: 80");
    assertThat(bed.link.isAttached()).isFalse();
  }

  private void offerAsPasst() throws IOException {
    bed.close();
    bed = new LinkBed(directory, Offer.AS_PASST);
    frontEnd = bed.frontEnd();
  }

  @Test
  void aMessageThatIsToBeAcknowledgedIsRefusedThatWay() {
    bed.setUp(ALL);
    assertThat(ask(Request.SET_VRING_NUM, FrontEnd.pair(0, 65))).isNotZero();
    assertThat(ask(Request.SET_VRING_ENABLE, FrontEnd.pair(77, 1))).isNotZero();
    assertThat(ask(99)).isNotZero();
    assertThat(ask(Request.SET_OWNER)).isZero();
    assertThat(bed.messages).hasSize(1); // and no more than one in ten seconds
    assertThat(bed.link.isAttached()).isTrue();
    sendBothWays(1);
  }

  @Test
  void aMemoryTableThatIsRefusedLeavesNoMemory() {
    bed.setUp(ALL);
    assertThat(ask(Request.SET_MEM_TABLE, 1, 0, 4096, 0, 0)).isNotZero();
    assertThat(ask(Request.REM_MEM_REG, 0, 0, 4096, 0, 0)).isNotZero();
    frontEnd.kick(TRANSMIT);
    bed.settle();
    assertThat(bed.link.sink().hasRoom()).isFalse();
    frontEnd.shareMemory();
    bed.settle();
    sendBothWays(1);
  }

  @Test
  void anMtuIsTakenIfItCanBe() {
    bed.setUp(ALL);
    assertThat(ask(Request.NET_SET_MTU, 1500)).isZero();
    assertThat(ask(Request.NET_SET_MTU, 65_535)).isZero();
    assertThat(ask(Request.NET_SET_MTU, 67)).isNotZero();
    assertThat(ask(Request.NET_SET_MTU, -1)).isNotZero();
  }

  /** QEMU copies the six bytes to the payload's first ones (vhost_user_migration_done()). */
  @Test
  void whatAFrontEndWantsToHaveAnnouncedIsTold() {
    bed.setUp(ALL);
    byte[] payload = {0x52, 0x54, 0, 0x12, 0x34, 0x56, 0, 0};
    frontEnd.send(Request.SEND_RARP, 1, NO_DESCRIPTORS, payload);
    bed.settle();
    assertThat(bed.announced).containsExactly(0x5254_0012_3456L);
    assertThat(ask(Request.SEND_RARP, -1)).isZero();
    assertThat(bed.announced).containsExactly(0x5254_0012_3456L, 0xffff_ffff_ffffL);
  }

  /** One frame each way. */
  private void sendBothWays(int pair) {
    byte[] frame = new byte[100];
    random.nextBytes(frame);
    int transmit = 2 * pair - 1;
    frontEnd.write(BUFFERS + VIRTIO_HEADER, frame);
    frontEnd.write(BUFFERS, new byte[VIRTIO_HEADER]);
    frontEnd.descriptor(transmit, 0, BUFFERS, VIRTIO_HEADER + frame.length, 0, 0);
    frontEnd.offer(transmit, 0);
    frontEnd.kick(transmit);
    bed.settle();
    assertThat(bed.frames).containsExactly(frame);
    bed.frames.clear();
    assertThat(frontEnd.used(transmit)).containsExactly(new FrontEnd.Used(0, 0));
    frontEnd.descriptor(RECEIVE, 0, BUFFERS + 4096, 2000, WRITE, 0);
    frontEnd.offer(RECEIVE, 0);
    frontEnd.kick(RECEIVE);
    LentFrame lent = bed.link.sink().lend(frame.length);
    assertThat(lent.isNone()).isFalse();
    MemorySegment.copy(MemorySegment.ofArray(frame), 0, lent.memory(), lent.at(), frame.length);
    bed.link.sink().publish(lent, frame.length);
    bed.settle();
    assertThat(frontEnd.used(RECEIVE))
        .containsExactly(new FrontEnd.Used(0, VIRTIO_HEADER + frame.length));
    assertThat(frontEnd.read(BUFFERS + 4096 + VIRTIO_HEADER, frame.length)).isEqualTo(frame);
  }

  @Test
  void queuesAreStoppedAndStartedAgainAndAgain() throws IOException {
    bed.setUp(ALL);
    int before = Descriptors.open();
    for (int i = 0; i < 50; i++) {
      sendBothWays(1);
      for (int ring = 0; ring < 2; ring++) {
        frontEnd.send(Request.GET_VRING_BASE, 1, NO_DESCRIPTORS, FrontEnd.pair(ring, 0));
        bed.settle();
        assertThat(frontEnd.answer()).hasValue(FrontEnd.pair(ring, i + 1));
      }
      assertThat(bed.link.sink().hasRoom()).isFalse();
      frontEnd.startRing(RECEIVE);
      frontEnd.startRing(TRANSMIT);
      bed.settle();
    }
    assertThat(Descriptors.open()).isEqualTo(before);
    assertThat(bed.messages).isEmpty();
  }

  @Test
  void aDriverThatIsBoundAnewBeginsWithEmptyRings() {
    bed.setUp(Features.VERSION_1 | Features.PROTOCOL_FEATURES);
    for (int i = 0; i < 3; i++) {
      sendBothWays(1);
      for (int ring = 0; ring < 2; ring++) {
        frontEnd.send(Request.GET_VRING_BASE, 1, NO_DESCRIPTORS, FrontEnd.pair(ring, 0));
      }
      bed.settle();
      frontEnd.memory(0).asSlice(0, BUFFERS).fill((byte) 0);
      frontEnd.beginAt(0);
      frontEnd.startRing(RECEIVE);
      frontEnd.startRing(TRANSMIT);
      bed.settle();
      while (frontEnd.answer().isPresent()) {
        // What was answered before isn't looked at.
      }
    }
    sendBothWays(1);
  }

  @Test
  void framesOfAllTransmitQueuesAreTaken() {
    bed.setUp(ALL);
    frontEnd.startRing(2);
    frontEnd.startRing(3);
    bed.settle();
    for (int i = 0; i < 10; i++) {
      sendBothWays(1 + i % 2);
    }
  }

  @Test
  void aBrokenKickDescriptorEndsTheConnection() {
    bed.setUp(ALL);
    SocketPair pair = SocketPair.create();
    var sockets = new LinuxSockets();
    frontEnd.send(Request.SET_VRING_KICK, 1, new int[] {pair.ours()}, TRANSMIT);
    sockets.close(pair.ours());
    sockets.close(pair.theirs());
    for (int i = 0; i < 10; i++) {
      bed.loop.turn(0);
    }
    assertThat(bed.link.isAttached()).isFalse();
    assertThat(bed.messages).hasSize(1);
  }

  /** A blocking socket whose buffer is full: the front-end's, for all that it should be. */
  @Test
  void descriptorsThatBlockHoldNothingUp() {
    bed.setUp(ALL);
    SocketPair pair = SocketPair.create();
    var sockets = new LinuxSockets();
    while (sockets.send(pair.ours(), frontEnd.scratch(), 0, 4096, MessageFlag.DONTWAIT) > 0) {
      // Until it would block.
    }
    frontEnd.send(Request.SET_VRING_KICK, 1, new int[] {pair.ours()}, TRANSMIT);
    frontEnd.send(Request.SET_VRING_CALL, 1, new int[] {pair.ours()}, TRANSMIT);
    for (int i = 0; i < 10; i++) {
      bed.loop.turn(0);
    }
    assertThat(ask(Request.SET_OWNER)).isZero();
    sockets.close(pair.ours());
    sockets.close(pair.theirs());
  }

  @Test
  void nothingIsLeftOfAFrontEndThatBrokeItsQueues() throws IOException {
    bed.setUp(ALL);
    frontEnd.setAvailableIndex(RECEIVE, 5000);
    bed.link.sink().hasRoom();
    bed.settle();
    assertThat(bed.link.isAttached()).isFalse();
    bed.settle();
    assertThat(bed.messages).hasSize(1);
    bed.messages.clear();
    frontEnd.close();
    frontEnd = bed.connect();
    bed.setUp(ALL);
    sendBothWays(1);
  }

  @Test
  void aPartOfAMessageIsTold() throws IOException {
    frontEnd.sendRaw(5);
    frontEnd.close();
    bed.settle();
    assertThat(bed.messages).hasSize(1);
    assertThat(bed.link.isAttached()).isFalse();
    frontEnd = bed.connect();
  }

  @Test
  void usedRingsAreLoggedWhileTheGuestMigrates() throws IOException {
    bed.setUp(ALL | Features.LOG_ALL);
    frontEnd.shareLog();
    bed.settle();
    frontEnd.answer();
    frontEnd.logUsedRing(TRANSMIT, 77 * 4096);
    frontEnd.logUsedRing(RECEIVE, 99 * 4096);
    bed.settle();
    sendBothWays(1);
    assertThat(frontEnd.dirtyPages()).containsExactly((BUFFERS + 4096) / 4096, 77, 99);
  }

  @Test
  void theStateIsExpectedToBeSavedWhenTheFrontEndBeginsToLog() throws IOException {
    var expected = new AtomicInteger();
    bed.link.carry(new ExpectedState(expected));
    bed.setUp(ALL);
    assertThat(expected).hasValue(0);
    frontEnd.features(ALL | Features.LOG_ALL);
    frontEnd.features(ALL | Features.LOG_ALL);
    bed.settle();
    assertThat(expected).hasValue(1);
  }

  /** Counts how often it is expected to be saved. */
  private record ExpectedState(AtomicInteger count) implements DeviceState {
    @Override
    public void expected() {
      count.incrementAndGet();
    }

    @Override
    public int save(int fd) {
      return UNSUPPORTED.save(fd);
    }

    @Override
    public int load(int fd) {
      return UNSUPPORTED.load(fd);
    }

    @Override
    public void taken() {
      UNSUPPORTED.taken();
    }

    @Override
    public void resumed() {
      UNSUPPORTED.resumed();
    }
  }

  @Test
  void aLogIsNotWrittenUnlessItWasAgreedUpon() throws IOException {
    bed.setUp(ALL);
    frontEnd.shareLog();
    bed.settle();
    frontEnd.answer();
    frontEnd.logUsedRing(TRANSMIT, 77 * 4096);
    bed.settle();
    sendBothWays(1);
    assertThat(frontEnd.dirtyPages()).isEmpty();
  }

  /** Frames that somebody lent and, failing, never published. */
  @Test
  void framesThatAreLeftLentAreGivenBack() {
    bed.setUp(ALL);
    for (int i = 1; i < 4; i++) {
      frontEnd.descriptor(RECEIVE, i, BUFFERS + 8192L * i, 2000, WRITE, 0);
    }
    frontEnd.offer(RECEIVE, 1);
    assertThat(bed.link.sink().lend(54, 100).isNone()).isFalse();
    frontEnd.shareMemory(); // unmaps what was lent
    bed.settle();
    byte[] mark = {1, 2, 3};
    LentFrame lent = bed.link.sink().lend(60);
    MemorySegment.copy(MemorySegment.ofArray(mark), 0, lent.memory(), lent.at(), 3);
    bed.link.sink().publish(lent, 60);
    bed.settle();
    assertThat(frontEnd.used(RECEIVE)).containsExactly(new FrontEnd.Used(1, VIRTIO_HEADER + 60));
    assertThat(frontEnd.read(BUFFERS + 8192 + VIRTIO_HEADER, 3)).isEqualTo(mark);
  }

  private byte[] tunnelled(int payload) {
    byte[] frame = new byte[ETHERNET + 20 + 8 + 8 + payload];
    random.nextBytes(frame);
    frame[12] = 8;
    frame[13] = 0;
    frame[ETHERNET] = 0x45;
    frame[ETHERNET + 9] = 17;
    return frame;
  }

  private void send(byte[] frame, int checksumStart, int checksumOffset) {
    byte[] header = {1, 0, 0, 0, 0, 0, (byte) checksumStart, 0, (byte) checksumOffset, 0, 0, 0};
    frontEnd.write(BUFFERS, header);
    frontEnd.write(BUFFERS + VIRTIO_HEADER, frame);
    frontEnd.descriptor(TRANSMIT, 0, BUFFERS, VIRTIO_HEADER + 100, NEXT, 1);
    frontEnd.descriptor(TRANSMIT, 1, BUFFERS + VIRTIO_HEADER + 100, frame.length - 100, 0, 0);
    frontEnd.offer(TRANSMIT, 0);
    frontEnd.kick(TRANSMIT);
    bed.settle();
  }

  @Test
  void aChecksumOfTheTransportNeedNotBeCompleted() {
    bed.setUp(ALL);
    byte[] frame = tunnelled(1000);
    send(frame, ETHERNET + 20, 6);
    assertThat(bed.frames).containsExactly(frame);
    assertThat(bed.checksumMissing).isTrue();
  }

  @Test
  void aChecksumInsideATunnelIsCompleted() {
    bed.setUp(ALL);
    byte[] frame = tunnelled(999);
    int inner = ETHERNET + 20 + 8;
    send(frame, inner, 6);
    assertThat(bed.checksumMissing).isFalse();
    byte[] arrived = bed.frames.getFirst();
    long before = InternetChecksum.sum(MemorySegment.ofArray(frame), inner, frame.length - inner);
    int expected = InternetChecksum.complement(before);
    assertThat((arrived[inner + 6] & 0xff) << 8 | arrived[inner + 7] & 0xff).isEqualTo(expected);
    frame[inner + 6] = arrived[inner + 6];
    frame[inner + 7] = arrived[inner + 7];
    assertThat(arrived).isEqualTo(frame);
  }

  @Test
  void aChecksumThatIsNowhereDropsTheFrame() {
    bed.setUp(ALL);
    send(tunnelled(1000), 250, 6);
    send(tunnelled(1000), 255, 255);
    assertThat(bed.frames).isEmpty();
    assertThat(bed.counters.value(Counter.DROP_BAD_CHAIN)).isEqualTo(2);
  }
}
