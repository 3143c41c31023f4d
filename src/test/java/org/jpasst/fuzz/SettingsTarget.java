package org.jpasst.fuzz;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import org.jpasst.cli.Cli;
import org.jpasst.cli.CliResult;
import org.jpasst.config.ResolvConf;
import org.jpasst.linux.netlink.NeighbourListener;
import org.jpasst.linux.netlink.NeighbourTable;
import org.jpasst.linux.netlink.NetworkReader;

/**
 * What the program is told before and beside its traffic: command lines, resolv.conf, and the
 * kernel's answers about the network. Whatever it is, it is understood or refused by one line.
 */
final class SettingsTarget implements Target {
  private static final String SEPARATOR = "\0";
  private static final int MAX_ARGUMENTS = 6;

  private static final List<String> VALUES =
      List.of(
          "",
          "0",
          "1",
          "22",
          "1-65535",
          "~1-5",
          "all",
          "none",
          "auto",
          "8080:80",
          "192.0.2.1/24",
          "192.0.2.1",
          "2001:db8::1",
          "[2001:db8::1]",
          "fe80::1%eth0",
          "eth0",
          "/tmp/x",
          "127.0.0.1/22,2222-2230:22",
          "%lo/53",
          "1500",
          "65536",
          "9a:55:9a:55:9a:55",
          "guest.example.org",
          "on",
          "off",
          "1M",
          "-1",
          "999999999999999999999");

  private static final List<String> RESOLV =
      List.of(
          "nameserver 192.0.2.53\n",
          "nameserver fe80::53%eth0\n",
          "search example.org a.b\n",
          "domain example.net\n",
          "options ndots:2\n",
          "# nothing\n",
          "nameserver\t::1 \n");

  private static final NeighbourListener NOBODY =
      new NeighbourListener() {
        @Override
        public void onNeighbour(int interfaceIndex, long hi, long lo, long mac) {
          // Any is as good as another.
        }

        @Override
        public void onNeighbourGone(int interfaceIndex, long hi, long lo) {
          // The same.
        }
      };

  private final List<String> options = options();
  private final ForgedNetlink netlink = new ForgedNetlink();

  /** All that the usage text knows. */
  private static List<String> options() {
    var found = new ArrayList<String>();
    if (Cli.parse("--help") instanceof CliResult.Exit exit) {
      Pattern.compile("(?<![\\w-])--?[a-zA-Z0-9][a-z0-9-]*")
          .matcher(exit.text())
          .results()
          .forEach(each -> found.add(each.group()));
    }
    return List.copyOf(found);
  }

  @Override
  public void begin() {
    // Nothing is left from one to the next.
  }

  @Override
  public Input next(SplittableRandom random) {
    return switch (random.nextInt(3)) {
      case 0 -> input("arguments", arguments(random));
      case 1 -> input("resolv-conf", resolvConf(random));
      default -> new Input("netlink", new long[0], ForgedNetlink.next(random));
    };
  }

  private static Input input(String name, String text) {
    return new Input(name, new long[0], text.getBytes(StandardCharsets.UTF_8));
  }

  private String arguments(SplittableRandom random) {
    var arguments = new ArrayList<String>();
    for (int left = random.nextInt(MAX_ARGUMENTS); left >= 0; left--) {
      String option = options.get(random.nextInt(options.size()));
      String value = damaged(VALUES.get(random.nextInt(VALUES.size())), random);
      switch (random.nextInt(4)) {
        case 0 -> arguments.add(option + "=" + value);
        case 1 -> arguments.add(damaged(option, random));
        default -> {
          arguments.add(option);
          arguments.add(value);
        }
      }
    }
    return String.join(SEPARATOR, arguments);
  }

  private static String resolvConf(SplittableRandom random) {
    var text = new StringBuilder();
    for (int left = random.nextInt(8); left >= 0; left--) {
      text.append(damaged(RESOLV.get(random.nextInt(RESOLV.size())), random));
    }
    return text.toString();
  }

  private static String damaged(String text, SplittableRandom random) {
    if (text.isEmpty() || random.nextInt(3) != 0) {
      return text;
    }
    var changed = new StringBuilder(text);
    for (int left = random.nextInt(3); left >= 0; left--) {
      char with = "0123456789abcdef:,./-~%[]= \t\n\u0001\u00e9\uffff".charAt(random.nextInt(32));
      if (random.nextBoolean()) {
        changed.setCharAt(random.nextInt(changed.length()), with);
      } else {
        changed.insert(random.nextInt(changed.length() + 1), with);
      }
    }
    return changed.toString();
  }

  @Override
  public void apply(Input input) throws IOException {
    String text = new String(input.bytes(), StandardCharsets.UTF_8);
    switch (input.name()) {
      case "arguments" -> arguments(text.split(SEPARATOR, -1));
      case "resolv-conf" -> ResolvConf.parse(text);
      case "netlink" -> netlink(input.bytes());
      default -> {
        // Of another target.
      }
    }
  }

  private static void arguments(String[] arguments) {
    if (Cli.parse(arguments) instanceof CliResult.Exit exit && exit.status() != 0) {
      String message = exit.text();
      boolean oneLine = message.indexOf('\n') == message.length() - 1;
      if (!oneLine || !message.startsWith("passt: ") || message.length() < 10) {
        throw new AssertionError("a command line is refused by " + message);
      }
    }
  }

  private void netlink(byte[] answer) throws IOException {
    netlink.answer(answer);
    try (var reader = new NetworkReader(netlink.sockets())) {
      reader.read();
    } catch (IOException e) {
      if (!e.getMessage().startsWith("cannot read the host's network: ")) {
        throw e;
      }
    }
    netlink.answer(answer);
    try (var neighbours = new NeighbourTable(netlink.sockets())) {
      neighbours.read(NOBODY);
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
