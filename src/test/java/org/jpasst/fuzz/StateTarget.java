package org.jpasst.fuzz;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.jpasst.linux.ErrnoException;
import org.jpasst.migrate.stream.StateStream;

/**
 * A migration's state from somebody else: recorded ones with some bytes changed. It is refused with
 * a reason, or taken, and then written again as it was.
 */
final class StateTarget implements Target {
  private static final Path DIRECTORY = Path.of("test-vectors", "migration");
  private static final int MOST = 2300;
  private static final int RECORDS = 230; // where a flow's fields are; behind them are queues
  private static final String STATE = "state";

  private final List<byte[]> streams = streams();

  private static List<byte[]> streams() {
    try (Stream<Path> files = Files.list(DIRECTORY)) {
      return files
          .filter(each -> each.toString().endsWith(".bin"))
          .sorted()
          .map(StateTarget::bytes)
          .filter(each -> each.length < MOST)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void begin() {
    // Nothing is left from one to the next.
  }

  @Override
  public Input next(SplittableRandom random) {
    int which = random.nextInt(streams.size());
    int length = streams.get(which).length;
    long[] numbers = new long[2 + 2 * random.nextInt(5)];
    numbers[0] = which;
    numbers[1] = random.nextInt(16) == 0 ? random.nextInt(length + 1) : MOST;
    for (int i = 2; i < numbers.length; i += 2) {
      numbers[i] = random.nextInt(random.nextBoolean() ? length : Math.min(length, RECORDS));
      numbers[i + 1] = random.nextInt(3) == 0 ? random.nextInt(4) - 1 : random.nextInt(256);
    }
    return Input.of(STATE, numbers);
  }

  /** Which stream, how much of it, and then places and their bytes. */
  @Override
  public void apply(Input input) throws IOException {
    byte[] original = streams.get(input.choice(0, streams.size()));
    byte[] bytes = Arrays.copyOf(original, Math.min(original.length, input.choice(1, MOST + 1)));
    for (int i = 2; i + 1 < input.numbers().length && bytes.length > 0; i += 2) {
      bytes[input.choice(i, bytes.length)] = (byte) input.number(i + 1);
    }
    try (Arena arena = Arena.ofConfined()) {
      var in = Channels.newChannel(new ByteArrayInputStream(bytes));
      StateStream stream = StateStream.read(in, arena);
      var again = new ByteArrayOutputStream();
      stream.write(Channels.newChannel(again));
      byte[] written = again.toByteArray();
      if (!Arrays.equals(written, Arrays.copyOf(bytes, written.length))) {
        throw new AssertionError("a state that was taken is written differently");
      }
    } catch (ErrnoException e) {
      String reason = e.getMessage();
      if (reason.isBlank() || reason.contains("\n")) {
        throw new AssertionError("a state is refused without a reason of one line: " + reason);
      }
    }
  }

  @Override
  public void end() {
    // See begin().
  }

  @Override
  public void close() {
    // There is nothing open.
  }
}
