package org.jpasst.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class EventKeyTest {

  @Test
  void allPartsComeBack() {
    var random = new SplittableRandom(1);
    for (int i = 0; i < 100_000; i++) {
      int kind = random.nextInt(EventKey.KINDS);
      int generation = random.nextInt();
      int index = random.nextInt();

      long key = new EventKeys(kind).of(generation, index);

      assertThat(EventKey.kind(key)).isEqualTo(kind);
      assertThat(EventKey.generation(key)).isEqualTo(generation & EventKey.GENERATION_MASK);
      assertThat(EventKey.index(key)).isEqualTo(index);
    }
  }
}
