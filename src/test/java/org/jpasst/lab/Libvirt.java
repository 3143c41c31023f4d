package org.jpasst.lab;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The libvirt of the lab's tree, running in a lab's host namespace with the program under test as
 * the {@code passt} that it finds first. The guest is the lab's: see {@link GuestImage}.
 */
public final class Libvirt implements AutoCloseable {
  /** Name of the guest. */
  public static final String GUEST = "guest";

  private static final Duration START = Duration.ofSeconds(60);
  private static final Duration COMMAND = Duration.ofSeconds(90);

  /** Whose daemon it is. */
  public enum Mode {
    /** An unprivileged user's own. */
    SESSION,
    /** The machine's. */
    SYSTEM;

    private String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final Lab lab;
  private final Mode mode;
  private final Path directory;
  private final LabProcess daemon;

  private Libvirt(Lab lab, Mode mode, Path directory, LabProcess daemon) {
    this.lab = lab;
    this.mode = mode;
    this.directory = directory;
    this.daemon = daemon;
  }

  /** Starts the daemon and waits until it listens. */
  public static Libvirt start(Lab lab, Mode mode) {
    Path directory = lab.directory().resolve("libvirt");
    Path script = copyVisibleEverywhere(lab);
    var command = new ArrayList<>(List.of(script.toString(), mode.word(), directory.toString()));
    BackEndProgram program = BackEndProgram.underTest();
    if (!program.inTree()) {
      command.add(program.existing().getParent().toString());
    }
    LabProcess daemon =
        lab.host()
            .start(LabTree.testing().inside(command, lab.resolvConf()), BackEnd.environment());
    var libvirt = new Libvirt(lab, mode, directory, daemon);
    lab.host().awaitUnixListener(libvirt.socket(), START);
    return libvirt;
  }

  /**
   * Makes the guest known to libvirt, without starting it.
   *
   * @param network the element of its network interface
   */
  public void define(String network) {
    GuestImage image = GuestImage.find();
    Path file = lab.directory().resolve("guest.xml");
    write(
        file,
        """
        <domain type='qemu'>
          <name>%s</name>
          <memory unit='MiB'>256</memory>
          <memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>
          <os>
            <type arch='x86_64' machine='q35'>hvm</type>
            <kernel>%s</kernel>
            <initrd>%s</initrd>
            <cmdline>console=ttyS0 quiet loglevel=1 panic=-1</cmdline>
          </os>
          <features><acpi/></features>
          <cpu mode='maximum'/>
          <on_reboot>destroy</on_reboot>
          <devices>
            <serial type='unix'><source mode='bind' path='%s'/></serial>
            <controller type='usb' model='none'/>
            <memballoon model='none'/>
            %s
          </devices>
        </domain>
        """
            .formatted(GUEST, image.kernel(), image.initramfs(), console(), network));
    virsh("define", "--validate", file.toString());
  }

  /** Starts the guest that was defined, and waits until it is up. */
  public GuestConsole boot() {
    // Nothing of what it says is lost when somebody listens before it runs.
    virsh("start", "--paused", GUEST);
    GuestConsole guest = connect();
    virsh("resume", GUEST);
    guest.awaitBoot();
    return guest;
  }

  /** Talks to the guest, which runs here or comes here. */
  public GuestConsole connect() {
    List<String> command = List.of("socat", "-", "UNIX-CONNECT:" + console());
    return new GuestConsole(
        LabProcess.start(LabTree.testing().inside(command), BackEnd.environment()));
  }

  /** Runs virsh, which must succeed, and returns what it printed. */
  public String virsh(String... words) {
    try (LabProcess virsh = startVirsh(words)) {
      int status = virsh.awaitExit(COMMAND);
      if (status != 0) {
        throw daemon.failure(virsh.failure("exit status " + status).getMessage());
      }
      return virsh.output();
    }
  }

  /** Runs virsh, which must fail, and returns what it printed. */
  public String failingVirsh(String... words) {
    try (LabProcess virsh = startVirsh(words)) {
      if (virsh.awaitExit(COMMAND) == 0) {
        throw virsh.failure("no failure");
      }
      return virsh.output();
    }
  }

  private LabProcess startVirsh(String... words) {
    var command = new ArrayList<>(List.of("virsh", "--quiet", "--connect", uri()));
    command.addAll(List.of(words));
    return LabProcess.start(LabTree.testing().inside(command), BackEnd.environment());
  }

  /** Where clients find the daemon. */
  public String uri() {
    return "qemu+unix:///%s?socket=%s".formatted(mode.word(), socket());
  }

  /** Process id of the guest's back-end as libvirt knows it, unless it is just being started. */
  public Optional<Long> backEnd() {
    return runtimeFiles().stream()
        .filter(each -> each.getFileName().toString().endsWith("-passt.pid"))
        .map(Libvirt::read)
        .filter(each -> each.matches("[0-9]+"))
        .map(Long::valueOf)
        .findFirst();
  }

  /** The files and sockets that the daemon and what it started have now at run time. */
  public Set<Path> runtimeFiles() {
    return files(directory.resolve("run").toFile()).collect(Collectors.toSet());
  }

  /** The daemon's process. */
  public LabProcess daemon() {
    return daemon;
  }

  /** Ends the daemon; what it started ends with the namespace. */
  @Override
  public void close() {
    daemon.close();
  }

  private Path socket() {
    return directory.resolve("libvirt-sock");
  }

  private Path console() {
    return lab.directory().resolve("console");
  }

  private static Path copyVisibleEverywhere(Lab lab) {
    Path copy = lab.directory().resolve("lab-libvirtd");
    try {
      Files.copy(LabDirectory.script("lab-libvirtd"), copy);
      return Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("rwxr-xr-x"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Directories may go away meanwhile, for which Files.walk would throw. */
  private static Stream<Path> files(File directory) {
    return Stream.ofNullable(directory.listFiles())
        .flatMap(Stream::of)
        .flatMap(each -> each.isDirectory() ? files(each) : Stream.of(each.toPath()));
  }

  /** The text of a file, which may have just been removed. */
  private static String read(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (NoSuchFileException e) {
      return "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
