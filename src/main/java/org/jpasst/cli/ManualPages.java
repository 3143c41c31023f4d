package org.jpasst.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Writes the manual pages of a distribution that was built, as a step of the build: passt's from
 * the options' model, those of the other programs from their usage texts.
 */
public final class ManualPages {
  private static final Pattern EXPLAINED = Pattern.compile("(\\S.*?)\\s{2,}(\\S.*)");

  private ManualPages() {}

  /**
   * Writes them to share/man/man1.
   *
   * @param arguments the distribution's directory, and the time that it is of (ISO 8601)
   * @throws IOException if one can't be written, or a program doesn't tell its usage
   */
  public static void main(String[] arguments) throws IOException {
    Path distribution = Path.of(arguments[0]);
    Path directory = Files.createDirectories(distribution.resolve("share/man/man1"));
    String date = arguments[1].substring(0, "2026-11-29".length());
    Files.writeString(directory.resolve("passt.1"), passt(date));
    for (String program : List.of("passtctl", "passt-repair", "passt-demo")) {
      Files.writeString(
          directory.resolve(program + ".1"),
          fromUsage(program, date, usage(distribution.resolve("bin").resolve(program))));
    }
  }

  private static String usage(Path program) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(program.toString(), "--help")
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    Process process = builder.start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (text.isBlank()) {
      throw new IOException(program + " --help prints nothing");
    }
    return text;
  }

  /** The page of passt. */
  static String passt(String date) throws IOException {
    OptionDetails details = OptionDetails.read();
    Roff page =
        new Roff("passt", date, Version.name())
            .section("NAME")
            .text("passt - user-mode networking for virtual machines")
            .section("SYNOPSIS")
            .text("passt [OPTION]...")
            .section("DESCRIPTION")
            .text("Connects a virtual machine to the network without privileges: the guest's")
            .text("Ethernet frames on one side, plain sockets of the host on the other. QEMU")
            .text("starts it (-netdev passt), or connects to its socket (-netdev stream,")
            .text("-netdev vhost-user).")
            .paragraph("It goes into the background once a guest can connect; the exit status")
            .text("then says whether it serves. Long names may be abbreviated.")
            .section("OPTIONS");
    for (OptionSection section : OptionSection.values()) {
      page.subsection(section.heading());
      options(option -> option.isSupported() && option.section() == section)
          .forEach(
              option -> {
                page.item(option.synopsis().text(), sentence(option.description()));
                details.of(option).ifPresent(page::text);
              });
    }
    page.subsection("Taken for compatibility, without effect");
    options(option -> option.availability() == PasstOption.Availability.WITHOUT_EFFECT)
        .forEach(option -> page.item(option.synopsis().text(), "Nothing is done."));
    return page.section("PORTS")
        .verbatim(Usage.ports())
        .section("EXIT STATUS")
        .text("0, or 1 with one line on standard error that says what is wrong.")
        .section("SIGNALS")
        .text(
            "SIGTERM, SIGINT and SIGQUIT end it with status 0. Its sockets and its PID file are"
                + " then")
        .text("removed, if they are still its own.")
        .section("FILES")
        .item("/tmp/passt_1.socket", "Where the guest connects if no option says otherwise.")
        .item("/etc/resolv.conf", "Resolvers and domains for the guest. Changes are followed.")
        .item("/dev/log", "Where messages go once it runs in the background.")
        .section("ENVIRONMENT")
        .item(
            "JPASST_JAVA_HOME",
            "Directory of a Java runtime, 25 or newer, to use in place of the one that comes with"
                + " the program.")
        .item(
            "JPASST_CLASSPATH",
            "Jars with backends for --backend, separated by colons; each is code that runs with all"
                + " of the back-end's rights.")
        .paragraph("JAVA_TOOL_OPTIONS, JDK_JAVA_OPTIONS and _JAVA_OPTIONS are ignored.")
        .section("EXAMPLES")
        .text("QEMU 10.1 or newer starts it by itself; port 2222 of the host then leads to the")
        .text("guest's ssh:")
        .verbatim(
            List.of(
                "qemu-system-x86_64 ... -device virtio-net-pci,netdev=n \\",
                "  -netdev passt,id=n,path=/usr/bin/passt,tcp-ports=2222:22"))
        .paragraph("QEMU 7.2 or newer connects to its socket:")
        .verbatim(
            List.of(
                "passt --socket /tmp/net.socket -t 2222:22",
                "qemu-system-x86_64 ... -device virtio-net-pci,netdev=n \\",
                "  -netdev stream,id=n,addr.type=unix,addr.path=/tmp/net.socket"))
        .paragraph("With vhost-user packets stay in the guest's memory, which has to be shared:")
        .verbatim(
            List.of(
                "passt --vhost-user --socket /tmp/net.socket",
                "qemu-system-x86_64 ... -m 1G -machine q35,memory-backend=m \\",
                "  -object memory-backend-memfd,id=m,size=1G,share=on \\",
                "  -chardev socket,id=c,path=/tmp/net.socket \\",
                "  -netdev vhost-user,id=n,chardev=c -device virtio-net-pci,netdev=n"))
        .paragraph("libvirt starts the passt that it finds in its PATH; in the domain's XML:")
        .verbatim(
            List.of(
                "<interface type='user'>",
                "  <backend type='passt'/>",
                "  <portForward proto='tcp'><range start='2222' to='22'/></portForward>",
                "  <model type='virtio'/>",
                "</interface>"))
        .paragraph(
            "A guest that moves to another host (vhost-user) takes its TCP connections along. On")
        .text("both hosts:")
        .verbatim(
            List.of(
                "passt --vhost-user --socket /tmp/net.socket --migrate-exit",
                "passt-repair /tmp/net.socket.repair   # as root"))
        .paragraph(
            "and then \"migrate\" in QEMU's monitor, as for any guest. docs/migration.md has")
        .text("more.")
        .paragraph(
            "Keep the last 64 MiB of a guest's packets, with the reason for each that was dropped:")
        .verbatim(
            List.of(
                "passt --socket /tmp/net.socket --pcap /tmp/guest.pcapng --pcap-ring 64",
                "mergecap -w all.pcapng /tmp/guest.*.pcapng",
                "tshark -r all.pcapng -Y frame.comment -T fields -e frame.number -e frame.comment"))
        .section("SEE ALSO")
        .text("passtctl(1), passt-repair(1), passt-demo(1), qemu(1)")
        .toString();
  }

  private static Stream<PasstOption> options(Predicate<PasstOption> wanted) {
    return Arrays.stream(PasstOption.values()).filter(wanted);
  }

  private static String sentence(String description) {
    return description.endsWith(".") ? description : description + ".";
  }

  /**
   * A page from a usage text: the lines of the synopsis up to the first blank one, then paragraphs,
   * among them lines of a term, two blanks and what it means.
   */
  static String fromUsage(String program, String date, String usage) {
    List<String> lines = usage.lines().map(String::stripTrailing).toList();
    List<String> synopsis = lines.stream().takeWhile(line -> !line.isEmpty()).toList();
    Roff page =
        new Roff(program, date, Version.name())
            .section("NAME")
            .text(program + " - " + purpose(program))
            .section("SYNOPSIS")
            .verbatim(synopsis.stream().map(line -> line.replace("Usage:", "").strip()).toList())
            .section("DESCRIPTION");
    for (List<String> paragraph : paragraphs(lines.subList(synopsis.size(), lines.size()))) {
      boolean begun = false;
      for (String line : paragraph) {
        Matcher explained = EXPLAINED.matcher(line.strip());
        boolean continued = begun && line.startsWith("    ");
        if (explained.matches() && !continued) {
          page.item(explained.group(1), explained.group(2));
        } else if (begun) {
          page.text(line.strip());
        } else {
          page.paragraph(line.strip());
        }
        begun = true;
      }
    }
    return page.section("SEE ALSO").text("passt(1)").toString();
  }

  private static String purpose(String program) {
    return switch (program) {
      case "passtctl" -> "controls a running passt";
      case "passt-demo" -> "shows passt at work";
      case "passt-repair" -> "switches TCP repair mode for passt during migration";
      default -> throw new IllegalArgumentException(program);
    };
  }

  private static List<List<String>> paragraphs(List<String> lines) {
    List<List<String>> paragraphs = new ArrayList<>();
    boolean inside = false;
    for (String line : lines) {
      if (line.isEmpty()) {
        inside = false;
        continue;
      }
      if (!inside) {
        paragraphs.add(new ArrayList<>());
        inside = true;
      }
      paragraphs.getLast().add(line);
    }
    return paragraphs;
  }
}
