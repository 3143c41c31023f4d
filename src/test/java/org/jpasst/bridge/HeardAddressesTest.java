package org.jpasst.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jpasst.bridge.ClaimFrames.NEIGHBOUR_ADVERTISEMENT;
import static org.jpasst.bridge.ClaimFrames.OVERRIDE;
import static org.jpasst.bridge.ClaimFrames.ROUTER;
import static org.jpasst.bridge.ClaimFrames.ROUTER_ADVERTISEMENT;
import static org.jpasst.bridge.ClaimFrames.ROUTER_SOLICITATION;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jpasst.guest.Frame;
import org.jpasst.guest.FramePieces;
import org.jpasst.guest.Segmentation;
import org.jpasst.net.IpAddress;
import org.jpasst.net.MacAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is remembered of a guest's frames, and for how long. */
final class HeardAddressesTest {
  private static final String GUEST = "52:54:00:12:34:56";
  private static final String OTHER = "02:00:00:00:00:07";
  private static final String IP4 = "192.0.2.1";
  private static final String IP6 = "2001:db8::1";
  private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);
  private static final long LIFETIME = 20 * MINUTE;

  private final HeardAddresses addresses = new HeardAddresses();
  private long now = -5 * MINUTE;

  private static Frame shown(byte[] bytes) {
    var frame = new Frame(new FramePieces(0));
    frame.set(MemorySegment.ofArray(bytes), 0, bytes.length);
    return frame;
  }

  private void guestSends(byte[] frame) {
    addresses.hear(shown(frame), now);
  }

  private void othersSend(byte[] frame) {
    addresses.hearOthers(shown(frame));
  }

  /** "MAC" of an Ethernet address alone, "IP at MAC" of a claim. */
  private List<String> known() {
    List<String> known = new ArrayList<>();
    addresses.visit(
        now,
        (mac, hi, lo, router) -> {
          String at = new MacAddress(mac).toString();
          boolean alone = hi == 0 && lo == 0;
          known.add((alone ? "" : new IpAddress(hi, lo) + " at ") + at + (router ? " (R)" : ""));
        });
    return known;
  }

  private List<String> claims() {
    return known().stream().filter(each -> each.contains(" at ")).toList();
  }

  private static byte[] dataFrom(long mac) {
    byte[] frame = new byte[60];
    ByteBuffer.wrap(frame).putShort(6, (short) (mac >>> 32)).putInt(8, (int) mac);
    return frame;
  }

  @Test
  void aFrameTellsWhereItCameFrom() {
    guestSends(dataFrom(0x5254_0012_3456L));
    guestSends(dataFrom(0x0200_0000_0007L));
    guestSends(dataFrom(0x5254_0012_3456L));
    assertThat(known()).containsExactly(GUEST, OTHER);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void anArpPacketTellsItsSendersAddress(int operation) {
    guestSends(ClaimFrames.arp(operation, GUEST, IP4));
    assertThat(known()).containsExactly(GUEST, IP4 + " at " + GUEST);
  }

  @Test
  void neighbourDiscoveryTellsAddressesToo() {
    guestSends(ClaimFrames.advertisement(GUEST, IP6));
    guestSends(ClaimFrames.solicitation(GUEST, "fe80::1"));
    guestSends(ClaimFrames.message(ROUTER_SOLICITATION, 0, OTHER, "fe80::2", "::"));
    assertThat(claims())
        .containsExactly(IP6 + " at " + GUEST, "fe80::1 at " + GUEST, "fe80::2 at " + OTHER);
  }

  /** What hosts don't have to be told: RFC 4861 section 7.2.5 makes them drop a router by it. */
  @Test
  void aRouterIsKnownAsOne() {
    guestSends(ClaimFrames.solicitation(GUEST, "fe80::1"));
    guestSends(ClaimFrames.message(ROUTER_ADVERTISEMENT, 0, GUEST, "fe80::1", "::"));
    guestSends(ClaimFrames.message(NEIGHBOUR_ADVERTISEMENT, OVERRIDE | ROUTER, GUEST, IP6, IP6));
    guestSends(ClaimFrames.solicitation(GUEST, "fe80::1"));
    assertThat(claims())
        .containsExactly("fe80::1 at " + GUEST + " (R)", IP6 + " at " + GUEST + " (R)");

    guestSends(ClaimFrames.advertisement(GUEST, IP6));
    assertThat(claims()).containsExactly("fe80::1 at " + GUEST + " (R)", IP6 + " at " + GUEST);
  }

  @Test
  void theLastClaimCounts() {
    guestSends(ClaimFrames.arp(1, GUEST, IP4));
    guestSends(ClaimFrames.arp(1, OTHER, IP4));
    assertThat(claims()).containsExactly(IP4 + " at " + OTHER);
  }

  @ParameterizedTest
  @ValueSource(strings = {"01:00:5e:00:00:01", "33:33:00:00:00:01", "ff:ff:ff:ff:ff:ff"})
  void groupsAreNobodysAddress(String mac) {
    guestSends(ClaimFrames.arp(1, mac, IP4));
    guestSends(ClaimFrames.advertisement(mac, IP6));
    guestSends(dataFrom(0));
    assertThat(known()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "0.0.0.9", "127.0.0.1", "224.0.0.1", "255.255.255.255"})
  void whatNoNodeHasIsNotLearntByArp(String ip) {
    guestSends(ClaimFrames.arp(1, GUEST, ip));
    assertThat(claims()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"::", "::1", "::ffff:192.0.2.1", "ff02::1"})
  void whatNoNodeHasIsNotLearntByNeighbourDiscovery(String ip) {
    guestSends(ClaimFrames.advertisement(GUEST, ip));
    guestSends(ClaimFrames.solicitation(GUEST, ip));
    assertThat(claims()).isEmpty();
  }

  @Test
  void aSenderTellsOfItselfOnly() {
    guestSends(ClaimFrames.arp(1, ClaimFrames.mac(OTHER), ClaimFrames.mac(GUEST), IP4));
    byte[] forAnother = ClaimFrames.advertisement(GUEST, IP6);
    forAnother[forAnother.length - 1]++;
    guestSends(ClaimFrames.summed(forAnother));
    assertThat(known()).containsExactly(OTHER, GUEST);
  }

  /** RFC 4861 section 7.2.8: others may advertise it at the same time. */
  @Test
  void aProxyIsNotLearnt() {
    guestSends(ClaimFrames.message(NEIGHBOUR_ADVERTISEMENT, ROUTER, GUEST, IP6, IP6));
    assertThat(claims()).isEmpty();
  }

  @Test
  void otherOperationsOfArpTellNothing() {
    guestSends(ClaimFrames.arp(3, GUEST, IP4));
    guestSends(ClaimFrames.arp(0, GUEST, IP4));
    byte[] otherNetwork = ClaimFrames.arp(1, GUEST, IP4);
    otherNetwork[16] = 9;
    guestSends(otherNetwork);
    assertThat(claims()).isEmpty();
  }

  /** RFC 4861 section 7.1: each of these is to be discarded. */
  @Test
  void whatNeighbourDiscoveryForbidsTellsNothing() {
    byte[] right = ClaimFrames.advertisement(GUEST, IP6);
    int options = ClaimFrames.ICMP + 24;
    for (int at : new int[] {ClaimFrames.IP + 7, ClaimFrames.ICMP + 1, options + 1}) {
      byte[] wrong = right.clone();
      wrong[at] ^= 1;
      guestSends(ClaimFrames.summed(wrong));
    }
    byte[] wrongSum = right.clone();
    wrongSum[ClaimFrames.ICMP + 2] ^= 1;
    guestSends(wrongSum);
    for (int length = 14; length < right.length; length++) {
      guestSends(Arrays.copyOf(right, length));
    }
    Frame unfinished = shown(right);
    unfinished.setOffload(true, Segmentation.NONE, 0);
    addresses.hear(unfinished, now);
    assertThat(claims()).isEmpty();
    guestSends(right);
    assertThat(claims()).hasSize(1);
  }

  @Test
  void whatSomebodyElseClaimsIsForgotten() {
    guestSends(ClaimFrames.arp(1, GUEST, IP4));
    guestSends(ClaimFrames.advertisement(GUEST, IP6));
    guestSends(ClaimFrames.arp(1, GUEST, "192.0.2.9"));
    othersSend(ClaimFrames.arp(1, GUEST, "192.0.2.9")); // its own, come back
    othersSend(ClaimFrames.arp(1, OTHER, "192.0.2.8"));
    assertThat(claims()).hasSize(3);

    othersSend(ClaimFrames.arp(2, OTHER, IP4));
    othersSend(ClaimFrames.solicitation(OTHER, IP6));

    assertThat(known()).containsExactly(GUEST, "192.0.2.9 at " + GUEST);
  }

  @Test
  void aFloodPutsNobodyOutWhoWasThereBefore() {
    guestSends(ClaimFrames.arp(1, GUEST, IP4));
    guestSends(ClaimFrames.advertisement(GUEST, IP6));
    for (int i = 0; i < 100_000; i++) {
      String mac = new MacAddress(0x0200_0000_0000L + i).toString();
      guestSends(ClaimFrames.arp(1, mac, "10.%d.%d.7".formatted(i >> 8 & 0xff, i & 0xff)));
      now += TimeUnit.MILLISECONDS.toNanos(10);
    }
    assertThat(known())
        .hasSize(HeardAddresses.MACS + HeardAddresses.CLAIMS)
        .contains(GUEST, IP4 + " at " + GUEST, IP6 + " at " + GUEST);
  }

  @Test
  void whoWasSilentForLongMakesRoomForWhoIsNew() {
    for (int i = 0; i < HeardAddresses.CLAIMS; i++) {
      String mac = new MacAddress(0x0200_0000_0000L + i % HeardAddresses.MACS).toString();
      guestSends(ClaimFrames.arp(1, mac, "10.0.0." + (i + 1)));
      now += TimeUnit.SECONDS.toNanos(1);
    }
    now += LIFETIME - TimeUnit.SECONDS.toNanos(63);
    guestSends(ClaimFrames.arp(1, GUEST, IP4));
    assertThat(known())
        .contains(IP4 + " at " + GUEST)
        .doesNotContain("10.0.0.1 at 02:00:00:00:00:00")
        .contains("10.0.0.3 at 02:00:00:00:00:02");
    assertThat(known()).doesNotContain(GUEST); // all the others have sent something later
    now += LIFETIME;
    guestSends(dataFrom(0x5254_0012_3456L));
    assertThat(known()).contains(GUEST);
  }

  /** Where the guest is doesn't change by silence; who has its address may. */
  @Test
  void anOldClaimIsNotToldAnyMore() {
    guestSends(ClaimFrames.arp(1, GUEST, IP4));
    now += LIFETIME - 1;
    guestSends(ClaimFrames.advertisement(GUEST, IP6));
    assertThat(claims()).hasSize(2);
    now++;
    assertThat(known()).containsExactly(GUEST, IP6 + " at " + GUEST);
  }

  @Test
  void nothingIsLeftOfAGuestThatIsGone() {
    guestSends(ClaimFrames.arp(1, GUEST, IP4));
    addresses.clear();
    assertThat(known()).isEmpty();
    guestSends(dataFrom(0x0200_0000_0007L));
    assertThat(known()).containsExactly(OTHER);
  }

  @Test
  void whatAStateTellsIsKnown() {
    IpAddress four = ClaimFrames.address(IP4);
    IpAddress six = ClaimFrames.address(IP6);
    long mac = ClaimFrames.mac(GUEST);
    addresses.resume(mac, 0, 0, false, now);
    addresses.resume(mac, four.hi(), four.lo(), false, now);
    addresses.resume(mac, six.hi(), six.lo(), true, now);
    addresses.resume(MacAddress.BROADCAST.bits(), 0, 0, false, now);
    addresses.resume(1L << 48, 0, 0, false, now);
    addresses.resume(mac, 0, 1, false, now);
    assertThat(known()).containsExactly(GUEST, IP4 + " at " + GUEST, IP6 + " at " + GUEST + " (R)");
  }

  /** A guest may send anything: what is known then is what a node can have, and little. */
  @Test
  void whateverComesOnlyPossibleAddressesAreKnown() {
    var random = new Random(17);
    for (int i = 0; i < 300_000; i++) {
      byte[] frame =
          switch (random.nextInt(4)) {
            case 0 -> ClaimFrames.arp(random.nextInt(4), GUEST, IP4);
            case 1 -> ClaimFrames.message(133 + random.nextInt(5), OVERRIDE, GUEST, IP6, IP6);
            case 2 -> ClaimFrames.advertisement(OTHER, IP6);
            default -> new byte[14 + random.nextInt(300)];
          };
      for (int j = random.nextInt(5); j > 0; j--) {
        frame[random.nextInt(frame.length)] = (byte) random.nextInt();
      }
      if (random.nextBoolean() && frame.length > ClaimFrames.ICMP + 4) {
        frame = ClaimFrames.summed(frame);
      }
      byte[] part = Arrays.copyOf(frame, random.nextInt(14, frame.length + 1));
      if (random.nextInt(8) == 0) {
        othersSend(part);
      } else {
        guestSends(part);
      }
      now += random.nextInt(1 << 30);
      if (i % 1000 == 0) {
        checkKnown();
      }
    }
    assertThat(claims()).isNotEmpty();
  }

  private void checkKnown() {
    assertThat(known()).hasSizeLessThanOrEqualTo(HeardAddresses.MACS + HeardAddresses.CLAIMS);
    addresses.visit(
        now,
        (mac, hi, lo, router) -> {
          assertThat(MacAddress.isOfOne(mac)).isTrue();
          boolean alone = hi == 0 && lo == 0;
          assertThat(alone || IpAddress.isUnicast(hi, lo) && !IpAddress.isLoopback(hi, lo))
              .isTrue();
          assertThat(router && IpAddress.isIpv4(hi, lo)).isFalse();
        });
  }
}
