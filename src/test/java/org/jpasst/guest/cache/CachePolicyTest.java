package org.jpasst.guest.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.Set;
import org.jpasst.guest.GuestLink;
import org.jpasst.guest.MigrationMeans;
import org.jpasst.guest.TrafficKind;
import org.jpasst.guest.stream.StreamLink;
import org.jpasst.guest.vhostuser.Offer;
import org.jpasst.guest.vhostuser.VhostUserLink;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.Sockets;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;
import org.jpasst.loop.EventLoop;
import org.jpasst.stats.Counters;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What each built-in backend answers, and what follows from it. */
final class CachePolicyTest {
  private static final MigrationMeans ALL = new MigrationMeans(true, true, true);

  private final Counters counters = new Counters();
  private final Log log = new Log(LogLevel.INFO, System::nanoTime);
  private final Sockets sockets = new LinuxSockets();
  private EventLoop loop;

  @BeforeEach
  void open() throws Exception {
    loop = new EventLoop(System::nanoTime, counters, log);
  }

  @AfterEach
  void close() throws Exception {
    loop.close();
  }

  @Test
  void vhostUserWithAHelperCoversAllAndNeedsNoCache() {
    assertThat(vhostUser().covered(ALL))
        .isEqualTo(EnumSet.complementOf(EnumSet.of(TrafficKind.BRIDGED)));
    assertThat(CachePolicy.askBackend(CachePolicy.TRANSLATED, vhostUser(), () -> ALL).cached())
        .isEmpty();
  }

  @Test
  void withoutAHelperTcpIsNotCovered() {
    var means = new MigrationMeans(true, true, false);
    assertThat(vhostUser().covered(means))
        .contains(TrafficKind.UDP, TrafficKind.ECHO)
        .doesNotContain(TrafficKind.TCP);
    assertThat(CachePolicy.askBackend(CachePolicy.TRANSLATED, vhostUser(), () -> means).cached())
        .isEmpty();
  }

  @Test
  void inPasstsFormatDatagramsAreCached() {
    var means = new MigrationMeans(true, false, true);
    assertThat(CachePolicy.askBackend(CachePolicy.TRANSLATED, vhostUser(), () -> means).cached())
        .containsExactlyInAnyOrder(TrafficKind.UDP, TrafficKind.ECHO);
  }

  @Test
  void aStreamIsCoveredIfThereIsAChannel() {
    assertThat(CachePolicy.askBackend(CachePolicy.TRANSLATED, stream(), () -> ALL).cached())
        .isEmpty();
    var none = new MigrationMeans(false, true, true);
    assertThat(stream().covered(none)).isEmpty();
    assertThat(CachePolicy.askBackend(CachePolicy.TRANSLATED, stream(), () -> none).cached())
        .containsExactlyInAnyOrder(TrafficKind.UDP, TrafficKind.ECHO, TrafficKind.OTHER);
  }

  @Test
  void whatIsBridgedIsCachedWhateverElseABackendCovers() {
    assertThat(CachePolicy.askBackend(CachePolicy.BRIDGED, vhostUser(), () -> ALL).cached())
        .containsExactly(TrafficKind.BRIDGED);
    assertThat(CachePolicy.always(CachePolicy.BRIDGED).cached())
        .containsExactly(TrafficKind.BRIDGED);
  }

  @Test
  void theOperatorMayWantItOnOrOff() {
    assertThat(CachePolicy.always(CachePolicy.TRANSLATED).cached())
        .isEqualTo(Set.of(TrafficKind.UDP, TrafficKind.ECHO, TrafficKind.OTHER));
    assertThat(CachePolicy.never().cached()).isEmpty();
  }

  private GuestLink vhostUser() {
    return new VhostUserLink(Offer.ALL, loop, sockets, counters, log);
  }

  private GuestLink stream() {
    return new StreamLink(loop, sockets, counters, log);
  }
}
