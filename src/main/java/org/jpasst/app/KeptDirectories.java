package org.jpasst.app;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jpasst.config.Configuration;
import org.jpasst.config.LateFrameSettings;
import org.jpasst.config.MetricsPlace;
import org.jpasst.config.QemuSettings;
import org.jpasst.config.RepairSocket;

/** The directories that a run needs after its start, when it has hidden all others from itself. */
final class KeptDirectories {
  private KeptDirectories() {}

  /**
   * Those that the JVM loads classes and libraries from, and that of a file that is read again.
   *
   * @param file may be a symbolic link, which may lead elsewhere later
   */
  static Collection<Path> toRead(Path file) throws IOException {
    Set<Path> directories = new TreeSet<>();
    directories.add(Path.of(System.getProperty("java.home")));
    Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> !entry.isEmpty())
        .map(Path::of)
        .filter(Files::exists)
        .map(entry -> Files.isDirectory(entry) ? entry : directory(entry))
        .forEach(directories::add);
    directories.add(directory(file));
    if (Files.exists(file)) {
      directories.add(directory(file.toRealPath()));
    }
    return directories;
  }

  /**
   * Those with files that go when the run ends, sockets and the pid file, and those of sockets that
   * it connects to.
   *
   * @param guestSocket where the guest connects, if it does so at a path
   */
  static Collection<Path> ofOwnFiles(Configuration configuration, Optional<Path> guestSocket) {
    var process = configuration.process();
    Set<Path> directories = new TreeSet<>();
    Stream.of(guestSocket, process.pidFile(), process.control(), process.configuration())
        .flatMap(Optional::stream)
        .map(KeptDirectories::directory)
        .forEach(directories::add);
    QemuSettings qemu = configuration.migration().qemu();
    LateFrameSettings late = configuration.migration().late();
    Stream.of(qemu.monitor(), qemu.to(), qemu.from(), late.to(), late.from())
        .flatMap(Optional::stream)
        .map(KeptDirectories::directory)
        .filter(Files::isDirectory)
        .forEach(directories::add);
    if (process.metrics().orElse(null) instanceof MetricsPlace.Unix(Path path)) {
      directories.add(directory(path));
    }
    if (configuration.migration().repair() instanceof RepairSocket.At(Path path)) {
      directories.add(directory(path));
    }
    return directories;
  }

  private static Path directory(Path file) {
    return file.toAbsolutePath().getParent();
  }
}
