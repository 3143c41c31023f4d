package org.jpasst.lab;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The shell of a guest with the lab's image, which obeys commands over the serial console. */
public final class GuestConsole implements AutoCloseable {
  private static final Duration BOOT = Duration.ofSeconds(90);
  private static final Duration COMMAND = Duration.ofSeconds(60);

  private final LabProcess process;
  private int commands;
  private String stuckIn = "";

  /**
   * Talks to a guest.
   *
   * @param process whose standard input and output are the console
   */
  GuestConsole(LabProcess process) {
    this.process = process;
  }

  /**
   * What a command in the guest came to.
   *
   * @param status exit status
   * @param output what it printed, without line ends after the last line
   */
  public record Result(int status, String output) {}

  /** Waits until the guest has booted. */
  void awaitBoot() {
    process.awaitLine("guest is up", BOOT);
  }

  /** Runs a line of shell in the guest to its end, for a minute at most. */
  public Result shell(String line) {
    return shell(line, COMMAND);
  }

  /** Runs a line of shell in the guest to its end. */
  public Result shell(String line, Duration limit) {
    String mark = "mark-" + ++commands;
    // The guest's shell keeps the status of each line in $status.
    send("echo; echo " + mark + " begin");
    send(line);
    send("echo; echo " + mark + " end $status");
    int status = Integer.parseInt(awaitEnd(line, mark, limit));
    Matcher output =
        Pattern.compile(mark + " begin\n(.*?)" + mark + " end", Pattern.DOTALL)
            .matcher(process.output());
    return output.find()
        ? new Result(status, output.group(1).stripTrailing())
        : new Result(status, "");
  }

  /**
   * Runs a line of shell in the guest to its end and returns its output; it must succeed.
   *
   * @throws AssertionError when it does not
   */
  public String run(String line) {
    return run(line, COMMAND);
  }

  /**
   * Runs a line of shell in the guest to its end and returns its output; it must succeed.
   *
   * @throws AssertionError when it does not, or not in time
   */
  public String run(String line, Duration limit) {
    Result result = shell(line, limit);
    if (result.status() != 0) {
      throw new AssertionError("in the guest: " + line + ": " + result);
    }
    return result.output();
  }

  /** Waits until a line of shell succeeds in the guest. */
  public void await(String condition) {
    run("until " + condition + "; do usleep 50000; done");
  }

  /** Waits until eth0 has such an IPv6 address, and all of them are known as unique. */
  public void awaitAddress(String pattern) {
    String list = "ip -6 addr show dev eth0";
    await("%s | grep -q '%s' && ! %s | grep -q tentative".formatted(list, pattern, list));
  }

  /** Starts a listener on a TCP port in the guest's background and waits for it to listen. */
  public void listen(String command, int port) {
    run("{ " + command + "; } &");
    await("netstat -ltn | grep -q ':%d '".formatted(port));
  }

  /**
   * Takes a lease by DHCP with everything that the server tells.
   *
   * @return what it told, as lines of NAME=VALUE; see dhcp-script
   */
  public String lease4() {
    String wanted = " -O mtu -O search -O hostname -O 81";
    run("DHCP_ANSWER=/tmp/lease4 udhcpc -f -n -q -i eth0" + wanted + " -s /dhcp-script 2>&1");
    return run("cat /tmp/lease4");
  }

  /**
   * The same by DHCPv6.
   *
   * @return what it told, as lines of NAME=VALUE; see dhcp-script
   */
  public String lease6() {
    run("DHCP_ANSWER=/tmp/lease6 udhcpc6 -f -n -q -i eth0 -O search -s /dhcp-script 2>&1");
    return run("cat /tmp/lease6");
  }

  /** Ends the process that carries the console. */
  @Override
  public void close() {
    process.close();
  }

  /** Once a command has not ended in time, none can follow it: the later ones fail at once. */
  private String awaitEnd(String line, String mark, Duration limit) {
    if (!stuckIn.isEmpty()) {
      throw new AssertionError("the console is still busy with: " + stuckIn);
    }
    stuckIn = line;
    String status = process.awaitLine("^" + mark + " end (\\d+)", limit).group(1);
    stuckIn = "";
    return status;
  }

  private void send(String line) {
    try {
      OutputStream input = process.input();
      input.write((line + "\n").getBytes(StandardCharsets.UTF_8));
      input.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
