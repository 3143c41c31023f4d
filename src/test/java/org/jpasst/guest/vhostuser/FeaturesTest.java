package org.jpasst.guest.vhostuser;

import static org.assertj.core.api.Assertions.assertThat;

import org.jpasst.guest.LinkCapabilities;
import org.junit.jupiter.api.Test;

final class FeaturesTest {
  private static final long[] OFFLOADS = {
    Features.GUEST_CSUM,
    Features.GUEST_TSO4,
    Features.GUEST_TSO6,
    Features.GUEST_USO4,
    Features.GUEST_USO6
  };

  /** Virtio 1.3 section 5.1.3.1: without GUEST_CSUM none of the others counts. */
  @Test
  void eachSubsetOfOffloadsIsWhatTheGuestDoes() {
    for (int subset = 0; subset < 1 << OFFLOADS.length; subset++) {
      long features = Features.VERSION_1;
      boolean[] does = new boolean[OFFLOADS.length];
      for (int i = 0; i < OFFLOADS.length; i++) {
        features |= (subset & 1 << i) == 0 ? 0 : OFFLOADS[i];
        does[i] = (subset & 1 << i) != 0 && (subset & 1) != 0;
      }
      assertThat(Features.capabilities(features))
          .isEqualTo(new LinkCapabilities(does[0], does[1], does[2], does[3], does[4]));
    }
  }

  @Test
  void bitsAreThoseOfTheStandard() {
    assertThat(Features.DEVICE)
        .isEqualTo(
            1L | 1L << 1 | 1L << 3 | 1L << 7 | 1L << 8 | 1L << 11 | 1L << 12 | 1L << 15 | 1L << 22
                | 1L << 26 | 1L << 28 | 1L << 29 | 1L << 30 | 1L << 32 | 7L << 54);
    assertThat(Features.PROTOCOL).isEqualTo(0x8801fL);
  }
}
