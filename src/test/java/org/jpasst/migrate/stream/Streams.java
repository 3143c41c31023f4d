package org.jpasst.migrate.stream;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The recorded streams, and streams in memory. */
final class Streams {
  private static final Path DIRECTORY = Path.of("test-vectors", "migration");

  private Streams() {}

  /** Names of all recorded streams. */
  static List<String> names() {
    try (Stream<Path> files = Files.list(DIRECTORY)) {
      return files
          .map(each -> each.getFileName().toString())
          .filter(each -> each.endsWith(".bin"))
          .map(each -> each.substring(0, each.length() - 4))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The bytes of one. */
  static byte[] bytes(String name) {
    try {
      return Files.readAllBytes(DIRECTORY.resolve(name + ".bin"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Its fields, decoded by another program. */
  static JsonObject decoded(String name) {
    try {
      String text = Files.readString(DIRECTORY.resolve(name + ".json"));
      return JsonParser.parseString(text).getAsJsonObject().getAsJsonObject("decoded");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static StateStream read(byte[] bytes, Arena arena) throws IOException {
    return StateStream.read(channel(bytes), arena);
  }

  static byte[] write(StateStream stream) {
    var out = new ByteArrayOutputStream();
    try {
      stream.write(Channels.newChannel(out));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  /** A channel that gives these bytes and then ends. */
  static ReadableByteChannel channel(byte[] bytes) {
    ByteBuffer from = ByteBuffer.wrap(bytes);
    return new ReadableByteChannel() {
      @Override
      public int read(ByteBuffer to) {
        if (!from.hasRemaining()) {
          return -1;
        }
        int count = Math.min(to.remaining(), from.remaining());
        to.put(from.slice(from.position(), count));
        from.position(from.position() + count);
        return count;
      }

      @Override
      public boolean isOpen() {
        return true;
      }

      @Override
      public void close() {}
    };
  }
}
