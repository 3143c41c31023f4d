package org.jpasst.lab;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A thread of this JVM that lives in another network namespace: sockets opened by its tasks belong
 * to that namespace for good, and other threads may then use them.
 */
final class NamespaceThread implements AutoCloseable {
  private static final int O_RDONLY = 0; // fcntl.h
  private static final int CLONE_NEWNET = 0x4000_0000; // sched.h
  private static final MethodHandle OPEN =
      handle(
          "open",
          FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT));
  private static final MethodHandle SETNS =
      handle(
          "setns",
          FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
  private static final MethodHandle CLOSE =
      handle("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

  private final ExecutorService thread;

  /** Starts a thread in the namespace whose file (such as /run/netns/NAME) is given. */
  NamespaceThread(String file) {
    thread =
        Executors.newSingleThreadExecutor(
            Thread.ofPlatform().daemon().name("in " + file).factory());
    call(
        () -> {
          enter(file);
          return true;
        });
  }

  /** Runs a task on that thread and returns its result; its exceptions come out as errors. */
  <T> T call(Callable<T> task) {
    try {
      return thread.submit(task).get();
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    thread.close();
  }

  private static void enter(String file) {
    try (Arena arena = Arena.ofConfined()) {
      int descriptor = (int) OPEN.invokeExact(arena.allocateFrom(file), O_RDONLY);
      int result = (int) SETNS.invokeExact(descriptor, CLONE_NEWNET);
      int closed = (int) CLOSE.invokeExact(descriptor);
      if (result != 0 || closed != 0) {
        throw new AssertionError("cannot enter " + file);
      }
    } catch (Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  @SuppressWarnings("restricted") // two fixed functions of the C library, with their true types
  private static MethodHandle handle(String name, FunctionDescriptor type) {
    Linker linker = Linker.nativeLinker();
    MemorySegment address = linker.defaultLookup().findOrThrow(name);
    // open(2) is variadic: its third argument is not passed here.
    return name.equals("open")
        ? linker.downcallHandle(address, type, Linker.Option.firstVariadicArg(2))
        : linker.downcallHandle(address, type);
  }
}
