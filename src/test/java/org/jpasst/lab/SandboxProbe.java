package org.jpasst.lab;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jpasst.guest.GuestLink;
import org.jpasst.guest.GuestLinkProvider;
import org.jpasst.guest.LinkContext;
import org.jpasst.guest.stream.StreamLink;
import org.jpasst.linux.Errno;
import org.jpasst.log.Log;

/**
 * A backend that gets into the running program and tries there what the sandbox forbids, in the
 * event loop's thread and in one that was started before the sandbox was closed. It tells each
 * result in a line "probe THREAD NAME RESULT". What could do harm without a sandbox it tries only
 * if its argument is "all".
 */
@SuppressWarnings("restricted")
public final class SandboxProbe implements GuestLinkProvider {
  private static final Linker LINKER = Linker.nativeLinker();

  // asm/unistd_64.h
  private static final int SYS_OPENAT = 257;
  private static final int SYS_EXECVE = 59;
  private static final int SYS_FORK = 57;
  private static final int SYS_PTRACE = 101;
  private static final int SYS_SOCKET = 41;
  private static final int SYS_KILL = 62;
  private static final int SYS_MOUNT = 165;
  private static final int SYS_UNSHARE = 272;
  private static final int SYS_SETUID = 105;

  private static final int O_WRONLY = 1;
  private static final int O_CREAT = 0x40;
  private static final int OWN_ACCESS = 0600;
  private static final int AT_FDCWD = -100;
  private static final int PTRACE_ATTACH = 16;
  private static final int SOCK_RAW = 3;
  private static final int AF_INET = 2;
  private static final int AF_PACKET = 17;
  private static final int CLONE_NEWUSER = 0x1000_0000;

  private final MethodHandle syscall =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("syscall"),
          FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
          Linker.Option.captureCallState("errno"));

  @Override
  public String name() {
    return "sandbox-probe";
  }

  @Override
  public GuestLink open(String argument, LinkContext context) {
    boolean all = argument.equals("all");
    // The loop begins when the sandbox is closed.
    var closed = new CountDownLatch(1);
    Thread.ofPlatform()
        .name("other")
        .daemon()
        .start(
            () -> {
              await(closed);
              tryAll(context.log(), all);
            });
    context
        .loop()
        .every(
            TimeUnit.MILLISECONDS.toNanos(1),
            now -> {
              if (closed.getCount() > 0) {
                tryAll(context.log(), all);
                closed.countDown();
              }
            });
    return new StreamLink(context.loop(), context.sockets(), context.counters(), context.log());
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void tryAll(Log log, boolean all) {
    if (all) {
      tryWhatMayDoHarm(log);
    }
    tell(log, "read-shell", call(SYS_OPENAT, AT_FDCWD, "/bin/sh", 0, 0));
    tell(log, "raw-socket", call(SYS_SOCKET, AF_INET, SOCK_RAW, 1, 0));
    tell(log, "udp-socket", call(SYS_SOCKET, AF_INET, 2, 0, 0));
    tell(log, "java-process", javaProcess());
    tell(log, "java-file", javaFile());
    log.info("probe " + Thread.currentThread().getName() + " over");
  }

  private void tryWhatMayDoHarm(Log log) {
    tell(log, "write-passwd", call(SYS_OPENAT, AT_FDCWD, "/etc/passwd", O_WRONLY, 0));
    tell(
        log,
        "create-file",
        call(SYS_OPENAT, AT_FDCWD, "/none/made", O_WRONLY | O_CREAT, OWN_ACCESS));
    tell(log, "exec", call(SYS_EXECVE, "/none"));
    tell(log, "fork", call(SYS_FORK));
    tell(log, "ptrace", call(SYS_PTRACE, PTRACE_ATTACH, 1, 0, 0));
    tell(log, "packet-socket", call(SYS_SOCKET, AF_PACKET, SOCK_RAW, 0, 0));
    tell(log, "kill", call(SYS_KILL, 1, 0, 0, 0));
    tell(log, "mount", call(SYS_MOUNT, "none", "/none", "tmpfs", 0));
    tell(log, "new-user-namespace", call(SYS_UNSHARE, CLONE_NEWUSER, 0, 0, 0));
    tell(log, "become-root", call(SYS_SETUID, 0, 0, 0, 0));
  }

  private static void tell(Log log, String name, String result) {
    log.info("probe " + Thread.currentThread().getName() + " " + name + " " + result);
  }

  private String call(int number, Object... arguments) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Linker.Option.captureStateLayout());
      long[] words = new long[4];
      for (int i = 0; i < arguments.length; i++) {
        words[i] =
            arguments[i] instanceof String text
                ? arena.allocateFrom(text).address()
                : ((Number) arguments[i]).longValue();
      }
      long result =
          (long) syscall.invokeExact(state, (long) number, words[0], words[1], words[2], words[3]);
      long at = Linker.Option.captureStateLayout().byteOffset(PathElement.groupElement("errno"));
      return result >= 0 ? "done" : Errno.name(state.get(JAVA_INT, at));
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private static String javaProcess() {
    try {
      new ProcessBuilder("/bin/true").start();
      return "done";
    } catch (IOException e) {
      return "refused";
    }
  }

  private static String javaFile() {
    try {
      Files.writeString(Path.of("/none/made"), "x");
      return "done";
    } catch (IOException e) {
      return "refused";
    }
  }
}
