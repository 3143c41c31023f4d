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
 * the {@code passt} that it finds first, and the distribution's hook. The guest is the lab's: see
 * {@link GuestImage}.
 */
public final class Libvirt implements AutoCloseable {
  /** Name of the guest. */
  public static final String GUEST = "guest";

  /** What a domain has besides its interface, where that is vhost-user's. */
  public static final String SHARED_MEMORY =
      "<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>";

  private static final Path DISTRIBUTION = LabDirectory.checkout().resolve("target/jpasst");
  private static final Path HOOK = DISTRIBUTION.resolve("share/libvirt/passt-repair");

  private static final Path UNIT =
      LabDirectory.checkout().resolve("src/main/deb/files/jpasst-bridged@.service");

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

  /** Which passt-repair the daemon finds first. */
  public enum Helper {
    /** This project's. */
    OURS,
    /** The real one, of the lab's tree. */
    REAL
  }

  private final Lab lab;
  private final LabTree tree;
  private final Mode mode;
  private final Path directory;
  private final LabProcess daemon;

  private Libvirt(Lab lab, LabTree tree, Mode mode, Path directory, LabProcess daemon) {
    this.lab = lab;
    this.tree = tree;
    this.mode = mode;
    this.directory = directory;
    this.daemon = daemon;
  }

  /** Starts the daemon and waits until it listens. The helper it finds is our own. */
  public static Libvirt start(Lab lab, Mode mode) {
    return start(lab, mode, Helper.OURS);
  }

  /** Starts the daemon and waits until it listens. */
  public static Libvirt start(Lab lab, Mode mode, Helper helper) {
    return start(lab, LabTree.testing(), mode, path(lab, helper));
  }

  /** Starts the daemon of a tree, which finds what is installed there, and waits for it. */
  public static Libvirt startInstalled(Lab lab, LabTree tree, Mode mode) {
    return start(lab, tree, mode, "");
  }

  private static Libvirt start(Lab lab, LabTree tree, Mode mode, String path) {
    Path directory = lab.directory().resolve("libvirt");
    Path script = copy(LabDirectory.script("lab-libvirtd"), lab.directory());
    copy(HOOK, directory.resolve("etc/libvirt/hooks/qemu.d"));
    copy(LabDirectory.script("lab-host"), lab.directory());
    copy(UNIT, lab.directory().resolve("units"));
    List<String> command = List.of(script.toString(), mode.word(), directory.toString(), path);
    LabProcess daemon =
        lab.host().start(tree.inside(command, lab.resolvConf()), BackEnd.environment());
    var libvirt = new Libvirt(lab, tree, mode, directory, daemon);
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
          %s
          <os>
            <type arch='x86_64' machine='q35'>hvm</type>
            <kernel>%s</kernel>
            <initrd>%s</initrd>
            <cmdline>%s</cmdline>
          </os>
          <features><acpi/></features>
          <cpu mode='maximum'>
            <feature policy='disable' name='erms'/>
            <feature policy='disable' name='fsrm'/>
          </cpu>
          <on_reboot>destroy</on_reboot>
          <devices>
            <serial type='unix'><source mode='bind' path='%s'/></serial>
            <controller type='usb' model='none'/>
            <memballoon model='none'/>
            %s
          </devices>
        </domain>
        """
            .formatted(
                GUEST,
                SHARED_MEMORY,
                image.kernel(),
                image.initramfs(),
                GuestImage.KERNEL_ARGUMENTS,
                consoleOfDaemon(),
                network));
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
    return new GuestConsole(LabProcess.start(tree.inside(command), BackEnd.environment()));
  }

  /**
   * Begins to move the running guest to another daemon.
   *
   * @param options more options of virsh's migrate
   * @return virsh, which ends when that is over: with status 0 if the guest is there
   */
  public LabProcess migrate(Libvirt target, List<String> options) {
    String stream = "unix://" + target.lab.directory().resolve("migration");
    var words = new ArrayList<>(List.of("migrate", "--live", GUEST, "--desturi", target.uri()));
    words.addAll(List.of("--migrateuri", stream));
    words.addAll(options);
    return startVirsh(words.toArray(String[]::new));
  }

  /** From now on guests that start here, or come here, get no helper. */
  public void withoutHelper() {
    write(directory.resolve("etc/libvirt/hooks/qemu.d/passt-repair"), "#!/bin/sh\n");
  }

  /**
   * Has root's shell on this host do something, which must succeed, and returns what it printed;
   * see lab-host. What it leaves running ends with the namespace.
   */
  public String asRoot(String commands) {
    Path top = lab.directory();
    List<String> command =
        List.of(
            top.resolve("lab-host").toString(),
            directory.toString(),
            top.resolve("units").toString(),
            DISTRIBUTION.toString(),
            commands);
    List<String> inside = tree.inside(command, lab.resolvConf());
    try (LabProcess root = lab.host().start(inside, BackEnd.environment())) {
      if (root.awaitExit(COMMAND) != 0) {
        throw root.failure("no success");
      }
      return root.output();
    }
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
    return LabProcess.start(tree.inside(command), BackEnd.environment());
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
    return directory.resolve("run/console");
  }

  /** The same as the daemon sees it, which has a /run of its own if it is the machine's. */
  private Path consoleOfDaemon() {
    return mode == Mode.SYSTEM ? Path.of("/run/console") : console();
  }

  /** Where the daemon looks first: what it must not find in the tree. */
  private static String path(Lab lab, Helper helper) {
    Path programs = lab.directory().resolve("programs");
    BackEndProgram program = BackEndProgram.underTest();
    try {
      Files.createDirectory(programs);
      if (!program.inTree()) {
        Files.createSymbolicLink(programs.resolve("passt"), program.existing());
      }
      if (helper == Helper.OURS) {
        String name = "passt-repair";
        Files.createSymbolicLink(programs.resolve(name), DISTRIBUTION.resolve("bin").resolve(name));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return programs.toString();
  }

  private static Path copy(Path program, Path directory) {
    try {
      Path copy = Files.createDirectories(directory).resolve(program.getFileName());
      Files.copy(program, copy);
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
