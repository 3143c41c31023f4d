package org.jpasst.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class EventKeyTest {

  @Test
  void allPartsComeBack() {
    var random = new SplittableRandom(1);
    EventKind[] kinds = EventKind.values();
    for (int i = 0; i < 100_000; i++) {
      EventKind kind = kinds[random.nextInt(kinds.length)];
      int generation = random.nextInt();
      int index = random.nextInt();

      long key = EventKey.encode(kind, generation, index);

      assertThat(EventKey.kind(key)).isEqualTo(kind.ordinal());
      assertThat(EventKey.generation(key)).isEqualTo(generation & EventKey.GENERATION_MASK);
      assertThat(EventKey.index(key)).isEqualTo(index);
    }
  }
}
