package org.jpasst.migrate.repair;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.concurrent.locks.LockSupport;
import org.jpasst.linux.DescriptorTable;
import org.jpasst.linux.Errno;
import org.jpasst.linux.ErrnoException;
import org.jpasst.linux.LinuxSockets;
import org.jpasst.linux.UnixConnector;

/**
 * The helper program, with passt-repair's command line and protocol: {@code passt-repair PATH}. The
 * path is the back-end's repair socket, or a directory in which a socket whose name ends in {@code
 * .repair} is waited for. Needs CAP_NET_ADMIN, and nothing else. Ends with status 0 when the
 * back-end hangs up, with 1 and one line on standard error otherwise.
 */
public final class PasstRepair {
  private static final int CONNECT_ATTEMPTS = 100;
  private static final long CONNECT_AGAIN_NANOS = 10_000_000;

  private PasstRepair() {}

  /**
   * Runs the helper and ends the process.
   *
   * @param arguments the path
   */
  public static void main(String[] arguments) {
    System.exit(run(arguments, System.out, System.err));
  }

  /** Runs the helper; returns the exit status. */
  static int run(String[] arguments, PrintStream out, PrintStream err) {
    if (arguments.length == 1 && (arguments[0].equals("-h") || arguments[0].equals("--help"))) {
      usage(out);
      return 0;
    }
    if (arguments.length != 1 || arguments[0].startsWith("-")) {
      usage(err);
      return 1;
    }
    try {
      serve(Path.of(arguments[0]));
      return 0;
    } catch (IOException e) {
      err.println("passt-repair: " + e.getMessage());
      return 1;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 1;
    }
  }

  private static void usage(PrintStream to) {
    to.println("Usage: passt-repair PATH");
    to.println();
    to.println(
        "PATH is passt's repair socket, by default its socket's path with .repair after it,");
    to.println(
        "or a directory: then the helper waits there for a new socket that ends in .repair.");
    to.println("Needs CAP_NET_ADMIN. Ends when passt hangs up, after one migration.");
  }

  private static void serve(Path path) throws IOException, InterruptedException {
    var sockets = new LinuxSockets();
    DescriptorTable.enlarge();
    int fd = Files.isDirectory(path) ? connectSoon(awaitSocket(path)) : connect(path);
    try {
      ErrnoException.check(fd, "cannot connect to " + path);
      new RepairServer(sockets, fd).serve();
    } finally {
      sockets.close(fd);
    }
  }

  /** Waits for a new file of the right name in a directory. */
  private static Path awaitSocket(Path directory) throws IOException, InterruptedException {
    try (WatchService watch = directory.getFileSystem().newWatchService()) {
      directory.register(watch, StandardWatchEventKinds.ENTRY_CREATE);
      while (true) {
        WatchKey key = watch.take();
        for (WatchEvent<?> event : key.pollEvents()) {
          if (event.context() instanceof Path name
              && name.toString().endsWith(RepairListener.SUFFIX)) {
            return directory.resolve(name);
          }
        }
        if (!key.reset()) {
          throw new ErrnoException(Errno.ENOENT, directory + " is gone");
        }
      }
    }
  }

  private static int connect(Path path) {
    return new UnixConnector().connect(path.toString());
  }

  /** The file appears with bind(2), a moment before listen(2). */
  private static int connectSoon(Path path) {
    int fd = connect(path);
    for (int i = 0; i < CONNECT_ATTEMPTS && fd == -Errno.ECONNREFUSED; i++) {
      LockSupport.parkNanos(CONNECT_AGAIN_NANOS);
      fd = connect(path);
    }
    return fd;
  }
}
