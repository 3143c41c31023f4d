package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.jpasst.lab.BackEnd;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.NetworkNamespace;
import org.jpasst.lab.TapGuest;
import org.jpasst.lab.UncutDatagrams;
import org.jpasst.lab.VhostUserTraffic;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * All kinds of traffic with the kernel as a vhost-user guest that agrees to more or less of what it
 * is offered. The front-end ends when the back-end does what wasn't agreed upon.
 */
@LabTest
final class VhostUserKernelGuestIT {
  private static final int PORT = KernelTraffic.PORT;
  private static final int MAX_DATAGRAM = KernelTraffic.MAX_DATAGRAM;
  private static final int UNCUT = 20 * MAX_DATAGRAM + 300;

  private static final List<String> SEGMENTATION =
      List.of("host_tso4", "host_tso6", "guest_tso4", "guest_tso6");
  private static final List<String> OFFLOADS =
      Stream.concat(
              SEGMENTATION.stream(),
              Stream.of("csum", "guest_csum", "host_uso", "guest_uso4", "guest_uso6"))
          .toList();
  private static final List<String> AS_PASST = List.of("--vhost-user-features", "passt");
  private static final List<String> NOT_OFFERED_BY_PASST =
      Stream.of(
              SEGMENTATION.stream(),
              Stream.of("csum", "host_uso", "guest_uso4", "guest_uso6"),
              Stream.of("indirect_desc", "event_idx"))
          .flatMap(each -> each)
          .toList();
  private static final List<String> RINGS = List.of("mrg_rxbuf", "indirect_desc", "event_idx");

  /** Nothing is missing, then each feature alone, then those of a kind, and all. */
  private static List<Arguments> devices() {
    List<String> all = Stream.concat(OFFLOADS.stream(), RINGS.stream()).toList();
    var devices = new ArrayList<Arguments>();
    devices.add(arguments(1500, 256, List.of()));
    all.forEach(each -> devices.add(arguments(1500, 256, List.of(each))));
    devices.add(arguments(1500, 256, SEGMENTATION));
    devices.add(arguments(1500, 256, OFFLOADS));
    devices.add(arguments(1500, 256, RINGS));
    devices.add(arguments(1500, 64, all));
    devices.add(arguments(65520, 1024, List.of()));
    devices.add(arguments(65520, 256, OFFLOADS));
    devices.add(arguments(65520, 1024, RINGS));
    return devices;
  }

  @ParameterizedTest(name = "MTU {0}, queues of {1}, without {2}")
  @MethodSource("devices")
  void carriesAllKindsOfTraffic(int mtu, int queueSize, List<String> off) throws Exception {
    carryAllKindsOfTraffic(mtu, queueSize, off, List.of());
  }

  /** The guest would take anything. */
  @ParameterizedTest(name = "MTU {0}")
  @ValueSource(ints = {1500, 65520})
  void carriesAllKindsOfTrafficByWhatPasstOffers(int mtu) throws Exception {
    assumeFalse(BackEnd.isReal(), "has no such option");
    carryAllKindsOfTraffic(mtu, 256, NOT_OFFERED_BY_PASST, AS_PASST);
  }

  /**
   * Carries them.
   *
   * @param off what the guest doesn't agree to, or isn't offered
   * @param options of the back-end; where there are any, the guest would agree to everything
   */
  private static void carryAllKindsOfTraffic(
      int mtu, int queueSize, List<String> off, List<String> options) throws Exception {
    assumeFalse(BackEnd.isReal() && off.contains("guest_csum"), "passt sets flags all the same");
    assumeFalse(
        BackEnd.isReal() && queueSize == 1024 && !off.contains("mrg_rxbuf"),
        "passt aborts: it has fewer vectors than such a queue has buffers");
    String port = Integer.toString(PORT);
    var properties = new ArrayList<>(List.of("queue_size=" + queueSize));
    if (options.isEmpty()) {
      off.forEach(each -> properties.add(each + "=off"));
    }
    var all = new ArrayList<>(List.of("--vhost-user", "--tcp-ports", port, "--udp-ports", port));
    all.addAll(options);
    try (Lab lab = Lab.open();
        BackEnd backEnd = BackEnd.start(lab, all.toArray(String[]::new));
        TapGuest guest = TapGuest.connectVhostUser(lab, backEnd.socket(), mtu, properties)) {
      long uncutDatagrams;
      try {
        uncutDatagrams = carryAll(lab, guest.configure("cubic"));
      } catch (Exception | AssertionError e) {
        for (LabProcess each : List.of(guest.bridge(), backEnd.process())) {
          e.addSuppressed(each.failure(each.alive() ? "runs" : "has ended"));
        }
        throw e;
      }
      VhostUserTraffic traffic = guest.vhostUserTraffic();
      System.out.printf("MTU %d, %s: %s%n", mtu, properties, traffic);
      assertThat(traffic.refused()).as("frames that the guest refused").isZero();
      assertThat(guest.droppedFrames()).as("frames dropped by the harness").isZero();
      if (BackEnd.isReal()) {
        // It offers no segmentation, and gives up segments that a socket's buffer has no room for.
        return;
      }
      assertThat(uncutDatagrams)
          .as("frames of several datagrams")
          .isEqualTo(has(off, "csum", "host_uso") ? 2 : 0);
      assertUncut(
          "sent",
          traffic.sent().uncut() - uncutDatagrams,
          hasEither(off, "csum", "host_tso4", "host_tso6"));
      // A packet of 64 KiB is a frame's limit, too.
      assertUncut(
          "received",
          traffic.received().uncut(),
          mtu < 65520 && hasEither(off, "guest_csum", "guest_tso4", "guest_tso6"));
      assertThat(guest.retransmittedSegments())
          .as("segments sent again by the guest: %s", guest.retransmissionReasons())
          .isZero();
    }
  }

  /** Answers how many frames from the guest were several datagrams. */
  private static long carryAll(Lab lab, TapGuest guest) throws Exception {
    KernelTraffic.carryAll(lab);
    long uncutDatagrams = 0;
    for (String remote : List.of(Lab.REMOTE4, Lab.REMOTE6)) {
      uncutDatagrams += sendUncutDatagrams(guest, remote, lab.remote());
    }
    return uncutDatagrams;
  }

  private static boolean hasEither(List<String> off, String needed, String one, String other) {
    return has(off, needed, one) || has(off, needed, other);
  }

  private static boolean has(List<String> off, String needed, String feature) {
    return !off.contains(needed) && !off.contains(feature);
  }

  private static void assertUncut(String what, long frames, boolean some) {
    assertThat(frames > 0)
        .as("whether any of %d frames %s is more than a segment", frames, what)
        .isEqualTo(some);
  }

  /**
   * Datagrams that the guest's program sends as one; answers how many frames its kernel made of
   * them that are more than a datagram.
   */
  private static long sendUncutDatagrams(TapGuest guest, String address, NetworkNamespace to)
      throws Exception {
    byte[] bytes = new byte[UNCUT];
    new SplittableRandom(2).nextBytes(bytes);
    long before = guest.vhostUserTraffic().sent().uncut();
    try (DatagramChannel server = KernelTraffic.bind(to, address, PORT)) {
      UncutDatagrams.send(guest.namespace(), address, PORT, bytes, MAX_DATAGRAM);
      for (int from = 0; from < UNCUT; from += MAX_DATAGRAM) {
        KernelTraffic.expect(
            server, Arrays.copyOfRange(bytes, from, Math.min(UNCUT, from + MAX_DATAGRAM)));
      }
    }
    return guest.vhostUserTraffic().sent().uncut() - before;
  }
}
