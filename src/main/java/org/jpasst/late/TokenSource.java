package org.jpasst.late;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Makes tokens that nobody guesses, of the kernel's random numbers. Opened before the sandbox hides
 * the device: without it SecureRandom would collect its own for eight seconds, while the guest
 * stands still.
 */
final class TokenSource implements AutoCloseable {
  private static final Path DEVICE = Path.of("/dev/urandom");

  private final InputStream random;

  TokenSource() {
    try {
      random = Files.newInputStream(DEVICE);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot open " + DEVICE, e);
    }
  }

  Token next() {
    try {
      ByteBuffer bytes = ByteBuffer.wrap(random.readNBytes(Token.SIZE));
      return new Token(bytes.getLong(), bytes.getLong());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + DEVICE, e);
    }
  }

  @Override
  public void close() {
    try {
      random.close();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot close " + DEVICE, e);
    }
  }
}
