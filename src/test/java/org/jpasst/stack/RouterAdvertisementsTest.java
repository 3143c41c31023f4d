package org.jpasst.stack;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jpasst.config.ChangedConfiguration;
import org.jpasst.config.Configuration;
import org.jpasst.config.Ipv6Settings;
import org.jpasst.forward.GuestAddresses;
import org.jpasst.guest.RecordingSink;
import org.jpasst.log.Log;
import org.jpasst.loop.EventLoop;
import org.jpasst.net.IpAddress;
import org.jpasst.proto.ndp.NdpResponder;
import org.jpasst.proto.ndp.Withdrawn;
import org.jpasst.proto.socket.LoopbackHost;
import org.jpasst.router.Responders;
import org.jpasst.router.Services;
import org.jpasst.stats.Counters;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Unsolicited router advertisements, their number and times. */
final class RouterAdvertisementsTest {
  private static final int ROUTER_LIFETIME = 60;

  private final Configuration configuration = LoopbackHost.configuration();
  private final Counters counters = new Counters();
  private final RecordingSink sink = new RecordingSink();
  private final ServiceWiring wiring =
      new ServiceWiring(
          new GuestAddresses(configuration),
          (hi, lo) -> Configuration.DEFAULT_MAC.bits(),
          counters);
  private final Services services = new Services(responders(configuration), counters);
  private long clock;
  private EventLoop loop;
  private RouterAdvertisements advertisements;

  private Responders responders(Configuration of) {
    return wiring.responders(of, Withdrawn.NONE);
  }

  @BeforeEach
  void start() throws IOException {
    loop = new EventLoop(() -> clock, counters, Log.none());
    advertisements = new RouterAdvertisements(loop, services, sink, new SplittableRandom(1));
    advertisements.start();
  }

  @AfterEach
  void end() {
    loop.close();
  }

  /** How many frames come in a time that is cut into turns of a second. */
  private int framesWithin(int seconds) {
    int before = sink.frames().size();
    for (int i = 0; i < seconds; i++) {
      clock += TimeUnit.SECONDS.toNanos(1);
      loop.turn(0);
    }
    return sink.frames().size() - before;
  }

  @Test
  void theyComeAtTheIntervalsOfRfc4861() {
    assertThat(framesWithin(NdpResponder.MIN_ADVERTISEMENT_INTERVAL - 1)).isZero();
    int interval =
        NdpResponder.MAX_ADVERTISEMENT_INTERVAL - NdpResponder.MIN_ADVERTISEMENT_INTERVAL;
    assertThat(framesWithin(interval + 2)).isBetween(1, 2);
  }

  @Test
  void aChangeIsToldThreeTimesWithinAMinute() {
    services.replace(responders(configuration), sink);
    advertisements.changed(loop.now());
    assertThat(sink.frames()).hasSize(1);
    assertThat(framesWithin(17)).isEqualTo(1);
    assertThat(framesWithin(17)).isEqualTo(1);
    assertThat(framesWithin(NdpResponder.MIN_ADVERTISEMENT_INTERVAL - 5)).isZero();
  }

  @Test
  void aRouterWithAnotherAddressTakesTheFormersPlace() {
    services.replace(responders(withLinkLocal("fe80::99")), sink);
    List<byte[]> frames = sink.frames();
    assertThat(frames).hasSize(2);
    assertThat(lifetime(frames.get(0))).isZero();
    assertThat(lifetime(frames.get(1))).isPositive();
  }

  private static int lifetime(byte[] frame) {
    return Byte.toUnsignedInt(frame[ROUTER_LIFETIME]) << 8
        | Byte.toUnsignedInt(frame[ROUTER_LIFETIME + 1]);
  }

  private Configuration withLinkLocal(String address) {
    Ipv6Settings six = configuration.ipv6().orElseThrow();
    return ChangedConfiguration.from(configuration)
        .ipv6(
            Optional.of(
                new Ipv6Settings(
                    six.assigned(),
                    six.gateway(),
                    IpAddress.parse(address).orElseThrow(),
                    six.template(),
                    six.resolvers(),
                    six.translation(),
                    six.outbound())))
        .get();
  }
}
