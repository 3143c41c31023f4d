package org.jpasst.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jpasst.lab.Alone;
import org.jpasst.lab.Await;
import org.jpasst.lab.GuestConsole;
import org.jpasst.lab.Lab;
import org.jpasst.lab.LabDirectory;
import org.jpasst.lab.LabProcess;
import org.jpasst.lab.LabTest;
import org.jpasst.lab.LabTree;
import org.jpasst.lab.Libvirt;
import org.jpasst.lab.QemuGuest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * The packages that the build made, in a Debian tree without any Java: the .deb is installed there
 * beside the package passt, used, and removed again; the archive is unpacked and used.
 */
@LabTest
@Alone
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class PackagesIT {
  private static final Pattern TIME = Pattern.compile(" \\d+-\\d+-\\d+ \\d+:\\d+ ");
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final String RUNTIME = "/lib/runtime/bin/java";
  private static final String OURS = "passt " + version() + " (jpasst)";
  private static final String ORIGINAL = "passt 0.0~git";
  private static final String INSTALLED = "/usr/lib/jpasst";

  /** All that there is, but dpkg's own account of it, and what others write at any time. */
  private static final String FIND =
      """
      find / -xdev \\( -path /proc -o -path /dev -o -path /sys -o -path /tmp -o -path /root \
        -o -path /run -o -path /var/log -o -path '%s' \\) -prune \
        -o -type d -printf '%%p %%m\\n' -o -printf '%%p %%m %%s %%l\\n' |
        grep -v '^/var/lib/dpkg/[^/]* '
      """;

  /** The package passt again, made of what is installed of it. */
  private static final String REPACK =
      """
      set -e
      mkdir -p /root/passt/DEBIAN && cd /root/passt
      while read -r file; do
        if [ -d "$file" ]; then mkdir -p ".$file"; else cp -a "$file" ".$file"; fi
      done </var/lib/dpkg/info/passt.list
      for each in preinst postinst prerm postrm conffiles md5sums; do
        info=/var/lib/dpkg/info/passt.$each
        [ ! -e $info ] || cp -a $info DEBIAN/$each
      done
      dpkg-query -s passt | sed '/^Status:/d; /^Conffiles:/,/^[A-Z]/{/^Conffiles:/d; /^ /d}' \
        >DEBIAN/control
      dpkg-deb --build . /root/passt.deb
      """;

  private Lab lab;
  private LabTree tree;
  private String before;

  @BeforeAll
  void install() throws IOException {
    lab = Lab.open();
    tree = LabTree.testing().copy(Files.createDirectory(lab.directory().resolve("copy")));
    assertThat(shell("command -v java || echo none")).isEqualTo("none");
    shell(REPACK);
    before = files();
    shell("dpkg -i " + built(".deb"));
  }

  @AfterAll
  void close() {
    if (tree != null) {
      tree.unmount();
    }
    lab.close();
  }

  @Test
  @Order(1)
  void thePackageStandsInFrontOfPasst() {
    assertThat(shell("passt --version")).startsWith(OURS);
    assertThat(shell("passt.distrib --version")).startsWith(ORIGINAL);
    assertThat(shell("dpkg --verify jpasst passt")).isEmpty();
  }

  @Test
  @Order(1)
  void theCacheIsMadeWhenItIsInstalled() {
    String start = "passt -f --debug --socket /nonexistent/socket 2>&1 || true";

    assertThat(shell("ls -l " + INSTALLED + "/lib/jpasst.aot"))
        .startsWith("-rw-r--r-- 1 root root");
    assertThat(shell(start)).contains("/nonexistent/socket").doesNotContain("jpasst.aot");
  }

  @Test
  @Order(2)
  void qemuStartsIt() {
    String netdev = "passt,id=" + QemuGuest.NETDEV;
    try (QemuGuest guest = QemuGuest.boot(lab, tree, "-netdev", netdev)) {
      guest.run("ip link set eth0 up");
      guest.console().lease4();
      guest.run("ping -c 1 -W 5 " + Lab.REMOTE4);
      assertThat(programs(lab)).contains(INSTALLED + RUNTIME);
    }
  }

  @Test
  @Order(2)
  void libvirtStartsIt() {
    try (Libvirt libvirt = Libvirt.startInstalled(lab, tree, Libvirt.Mode.SYSTEM)) {
      libvirt.define(
          """
          <interface type='user'>
            <mac address='52:54:00:12:34:56'/>
            <model type='virtio'/>
            <backend type='passt'/>
            <rom enabled='no'/>
          </interface>
          """);
      try (GuestConsole guest = libvirt.boot()) {
        guest.run("ip link set eth0 up");
        guest.lease4();
        guest.run("ping -c 1 -W 5 " + Lab.REMOTE4);
        assertThat(programs(lab)).contains(INSTALLED + RUNTIME);
      }
      libvirt.virsh("destroy", Libvirt.GUEST);
    }
  }

  @Test
  @Order(3)
  void passtMayGoAndComeBack() {
    shell("dpkg --remove --force-depends passt");
    assertThat(shell("passt --version")).startsWith(OURS);

    shell("dpkg -i /root/passt.deb");
    assertThat(shell("passt --version")).startsWith(OURS);
    assertThat(shell("passt.distrib --version")).startsWith(ORIGINAL);
  }

  @Test
  @Order(4)
  void thePackageGoesWithoutATrace() {
    shell("dpkg --purge jpasst");

    assertThat(shell("passt --version")).startsWith(ORIGINAL);
    assertThat(shell("dpkg-divert --list '*jpasst*'; dpkg --audit")).isEmpty();
    assertThat(files().lines()).containsExactlyElementsOf(before.lines().toList());
  }

  @Test
  @Order(5)
  void theArchiveRunsWhereItIsUnpacked() throws IOException {
    Path place = Files.createDirectory(lab.directory().resolve("un packed"));
    shell("tar -C '%s' -xf %s".formatted(place, built(".tar.gz")));
    Path passt = only(place).resolve("bin/passt");
    Path socket = lab.directory().resolve("archive.socket");

    assertThat(shell("'%s' --version".formatted(passt))).startsWith(OURS);
    shell("'%s' --quiet --socket %s --pid %s.pid".formatted(passt, socket, socket));

    assertThat(socket).exists();
    long backEnd = Long.parseLong(Files.readString(Path.of(socket + ".pid")).strip());
    String runtime = only(place).getFileName() + RUNTIME;
    assertThat(programs(lab)).anyMatch(each -> each.endsWith(runtime));
    ProcessHandle.of(backEnd).orElseThrow().destroy();
    Await.until("the end", SOON, () -> Files.notExists(socket));
  }

  /** Else another build of the same would be other bytes. */
  @Test
  @Order(5)
  void whatIsPackedIsRootsAndOfOneTime() {
    List<String> deb = shell("dpkg-deb --contents " + built(".deb")).lines().toList();
    List<String> archive = shell("tar -tvf " + built(".tar.gz")).lines().toList();

    assertThat(deb).hasSizeGreaterThan(50).allMatch(line -> line.contains(" root/root "));
    assertThat(archive).hasSizeGreaterThan(50).allMatch(line -> line.contains(" 0/0 "));
    assertThat(Stream.of(deb, archive).flatMap(List::stream))
        .noneMatch(line -> line.contains(".aot"))
        .extracting(line -> TIME.matcher(line).results().findFirst().orElseThrow().group())
        .containsOnly(TIME.matcher(deb.getFirst()).results().findFirst().orElseThrow().group());
  }

  private String files() {
    String all = FIND.formatted(LabDirectory.checkout().resolve("target"));
    return String.join("\n", new TreeSet<>(shell(all).lines().toList()));
  }

  /** What a shell in the tree prints, as somebody without anything else in the path has it. */
  private String shell(String line) {
    List<String> clean =
        List.of("env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "sh", "-c", line);
    List<String> inside = tree.inside(clean, lab.resolvConf());
    try (LabProcess process = lab.host().start(inside, Map.of())) {
      if (process.awaitExit(Duration.ofMinutes(2)) != 0) {
        throw process.failure(line + " failed");
      }
      return process.output();
    }
  }

  /** The programs that run in the host's namespace. */
  private static List<String> programs(Lab lab) {
    return lab.host().processes().stream()
        .flatMap(pid -> ProcessHandle.of(pid).stream())
        .flatMap(each -> each.info().command().stream())
        .toList();
  }

  /** Of what was built: the .deb is called NAME_VERSION_ARCHITECTURE. */
  private static String version() {
    return built(".deb").getFileName().toString().split("_")[1];
  }

  private static Path built(String suffix) {
    try (Stream<Path> files = Files.list(LabDirectory.checkout().resolve("target"))) {
      return files.filter(each -> each.toString().endsWith(suffix)).findFirst().orElseThrow();
    } catch (IOException e) {
      throw new AssertionError("no " + suffix + " was built", e);
    }
  }

  private static Path only(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.findFirst().orElseThrow();
    }
  }
}
