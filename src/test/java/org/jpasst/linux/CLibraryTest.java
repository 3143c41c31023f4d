package org.jpasst.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class CLibraryTest {
  private static final int ROUNDS = 2000;
  private static final String NOWHERE = "/there/is/no/such/file";

  @Test
  void aFailureThatLeavesNoNumberIsNoSuccess() {
    MemorySegment zero = CLibrary.newErrno();
    assertThat(CLibrary.result(-1, zero)).isEqualTo(-Errno.EIO);
    assertThat(CLibrary.result(0xffff_ffffL, zero)).as("of an int").isEqualTo(-Errno.EIO);
    assertThat(CLibrary.wideResult(-1, zero)).isEqualTo(-Errno.EIO);
  }

  @Test
  void whatSucceedsIsTakenAsItIs() {
    MemorySegment zero = CLibrary.newErrno();
    assertThat(CLibrary.result(0, zero)).isZero();
    assertThat(CLibrary.result(7, zero)).isEqualTo(7);
    assertThat(CLibrary.wideResult(1L << 40, zero)).isEqualTo(1L << 40);
  }

  @Test
  void aThreadsFailureIsItsOwn() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      Callable<int[]> closing = () -> results(() -> FileDescriptors.close(-1));
      Callable<int[]> opening = () -> results(() -> FileDescriptors.open(NOWHERE, 0, 0));
      List<Future<int[]>> both = threads.invokeAll(List.of(closing, opening));
      assertThat(both.get(0).get()).containsOnly(-Errno.EBADF);
      assertThat(both.get(1).get()).containsOnly(-Errno.ENOENT);
    }
  }

  private static int[] results(IntSupplier call) {
    return IntStream.range(0, ROUNDS).map(i -> call.getAsInt()).toArray();
  }
}
