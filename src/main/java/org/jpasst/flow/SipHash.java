package org.jpasst.flow;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * SipHash-2-4 (Aumasson, Bernstein: "SipHash: a fast short-input PRF", 2012) over a flow's tuple.
 * Keyed with a secret of this process, so that a guest or a peer can't choose tuples that collide.
 */
public final class SipHash {
  private static final int TUPLE_BYTES = 48;
  private static final int KEY_BYTES = 16;

  /** Of the tuple, and one that tells its length. */
  private static final int WORDS = TUPLE_BYTES / Long.BYTES + 1;

  /** Read directly: loading the providers of SecureRandom takes 10 ms and more at start-up. */
  private static final Path RANDOM_SOURCE = Path.of("/dev/urandom");

  private final long key0;
  private final long key1;

  /** Uses the given key. */
  public SipHash(long key0, long key1) {
    this.key0 = key0;
    this.key1 = key1;
  }

  /** Makes a key from the system's random source. */
  public static SipHash random() {
    try (InputStream source = Files.newInputStream(RANDOM_SOURCE)) {
      ByteBuffer key = ByteBuffer.wrap(source.readNBytes(KEY_BYTES));
      return new SipHash(key.getLong(), key.getLong());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + RANDOM_SOURCE, e);
    }
  }

  /** The hash of one side of a flow of this protocol: 48 bytes, as six little-endian words. */
  public long hash(int protocol, FlowSide side) {
    return hash(
        side.endpointHi(),
        side.endpointLo(),
        side.ourHi(),
        side.ourLo(),
        (long) side.endpointPort() << 16 | side.ourPort(),
        (long) side.pif().ordinal() << 8 | protocol);
  }

  long hash(long m0, long m1, long m2, long m3, long m4, long m5) {
    long v0 = key0 ^ 0x736f6d6570736575L;
    long v1 = key1 ^ 0x646f72616e646f6dL;
    long v2 = key0 ^ 0x6c7967656e657261L;
    long v3 = key1 ^ 0x7465646279746573L;
    for (int word = 0; word <= WORDS; word++) {
      boolean finalization = word == WORDS;
      long m =
          switch (word) {
            case 0 -> m0;
            case 1 -> m1;
            case 2 -> m2;
            case 3 -> m3;
            case 4 -> m4;
            case 5 -> m5;
            case 6 -> (long) TUPLE_BYTES << 56;
            default -> 0;
          };
      v2 ^= finalization ? 0xff : 0;
      v3 ^= m;
      for (int round = finalization ? 4 : 2; round > 0; round--) {
        v0 += v1;
        v2 += v3;
        v1 = Long.rotateLeft(v1, 13) ^ v0;
        v3 = Long.rotateLeft(v3, 16) ^ v2;
        v0 = Long.rotateLeft(v0, 32);
        v2 += v1;
        v0 += v3;
        v1 = Long.rotateLeft(v1, 17) ^ v2;
        v3 = Long.rotateLeft(v3, 21) ^ v0;
        v2 = Long.rotateLeft(v2, 32);
      }
      v0 ^= m;
    }
    return v0 ^ v1 ^ v2 ^ v3;
  }
}
