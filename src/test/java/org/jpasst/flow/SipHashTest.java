package org.jpasst.flow;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.hash.Hashing;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class SipHashTest {
  @Test
  void itIsSipHash24OfTheSixWords() {
    var random = new Random(5);
    for (int i = 0; i < 1000; i++) {
      long k0 = random.nextLong();
      long k1 = random.nextLong();
      long[] words = random.longs(6).toArray();
      var reference = Hashing.sipHash24(k0, k1).newHasher();
      for (long word : words) {
        reference.putLong(word);
      }
      long hash =
          new SipHash(k0, k1).hash(words[0], words[1], words[2], words[3], words[4], words[5]);
      assertThat(hash).isEqualTo(reference.hash().asLong());
    }
  }
}
