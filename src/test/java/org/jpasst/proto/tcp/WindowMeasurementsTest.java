package org.jpasst.proto.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** How often the socket's send buffer is looked at, which costs a system call. */
final class WindowMeasurementsTest {
  private static final int SEGMENT = 1448;

  /** Linux's for a young connection. */
  private static final int SEND_BUFFER = 69_120;

  private final ReceiveSequence receive = new ReceiveSequence();
  private final ReceiveWindow window = new ReceiveWindow(receive);

  /** Each offer is rounded up, so the window doesn't shrink by what a short request takes of it. */
  @Test
  void shortRequestsOverALongTimeNeedFewLooks() {
    receive.begin(0);
    window.setScaled(true);
    window.open(65_535);
    window.measured(SEND_BUFFER, 0, 0, SEGMENT);
    int looks = 0;
    for (int i = 0; i < 200_000; i++) {
      receive.advance(1);
      if (window.isWorn(SEGMENT)) {
        looks++;
        window.measured(SEND_BUFFER, 0, 0, SEGMENT);
      }
      window.offer();
    }
    assertThat(looks).isBetween(1, 20);
    assertThat(window.size()).isGreaterThan(SEND_BUFFER / 2);
  }
}
