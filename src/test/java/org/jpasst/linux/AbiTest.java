package org.jpasst.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compares every size, offset and constant with what this machine's C compiler says. */
final class AbiTest {
  private static final String INCLUDES =
      """
      #define _GNU_SOURCE
      #include <errno.h>
      #include <fcntl.h>
      #include <linux/errqueue.h>
      #include <linux/icmpv6.h>
      #include <linux/if.h>
      #include <linux/if_tun.h>
      #include <linux/ipv6.h>
      #include <linux/neighbour.h>
      #include <linux/netlink.h>
      #include <linux/rtnetlink.h>
      #include <linux/sockios.h>
      #include <linux/tcp.h>
      #include <linux/udp.h>
      #include <linux/in6.h>
      #include <linux/in.h>
      #include <stddef.h>
      #include <stdio.h>
      #include <sys/epoll.h>
      #include <sys/eventfd.h>
      #include <sys/ioctl.h>
      #include <sys/socket.h>
      #include <sys/uio.h>
      #define SOL_IP IPPROTO_IP
      #define SOL_TCP IPPROTO_TCP
      #define SOL_UDP IPPROTO_UDP
      #define SOL_IPV6 IPPROTO_IPV6
      #define SOL_ICMPV6 IPPROTO_ICMPV6
      """;

  @TempDir Path directory;

  private final Map<String, Long> expected = new HashMap<>();

  @Test
  void structuresHaveTheCompilersSizesAndOffsets() {
    size("struct epoll_event", Epoll.SIZE);
    offset("struct epoll_event", "data", Epoll.DATA_AT);
    size("struct iovec", IoVectors.SIZE);
    offset("struct iovec", "iov_len", 8);
    size("struct msghdr", Message.SIZE);
    offset("struct msghdr", "msg_namelen", 8);
    offset("struct msghdr", "msg_iov", 16);
    offset("struct msghdr", "msg_iovlen", 24);
    offset("struct msghdr", "msg_control", 32);
    offset("struct msghdr", "msg_controllen", Message.CONTROL_LENGTH_AT);
    offset("struct msghdr", "msg_flags", 48);
    size("struct mmsghdr", MessageBatch.SIZE);
    offset("struct mmsghdr", "msg_len", 56);
    size("struct tcp_md5sig", SignatureDemand.SIZE);
    offset("struct tcp_md5sig", "tcpm_flags", SignatureDemand.FLAGS_AT);
    offset("struct tcp_md5sig", "tcpm_prefixlen", SignatureDemand.PREFIX_LENGTH_AT);
    offset("struct tcp_md5sig", "tcpm_keylen", SignatureDemand.KEY_LENGTH_AT);
    size("struct cmsghdr", 16);
    offset("struct cmsghdr", "cmsg_level", 8);
    offset("struct cmsghdr", "cmsg_type", 12);
    size("struct sockaddr_in", 16);
    offset("struct sockaddr_in", "sin_port", 2);
    offset("struct sockaddr_in", "sin_addr", 4);
    size("struct sockaddr_in6", SocketAddress.CAPACITY);
    offset("struct sockaddr_in6", "sin6_addr", 8);
    offset("struct sockaddr_in6", "sin6_scope_id", 24);
    size("struct in_pktinfo", PacketInfo.LENGTH4);
    offset("struct in_pktinfo", "ipi_spec_dst", 4);
    offset("struct in_pktinfo", "ipi_addr", 8);
    size("struct in6_pktinfo", PacketInfo.LENGTH6);
    offset("struct in6_pktinfo", "ipi6_ifindex", 16);
    size("struct sock_extended_err", 16);
    offset("struct sock_extended_err", "ee_origin", 4);
    offset("struct sock_extended_err", "ee_type", 5);
    offset("struct sock_extended_err", "ee_code", 6);
    offset("struct sock_extended_err", "ee_info", 8);
    size("struct ifreq", InterfaceRequest.SIZE);
    offset("struct ifreq", "ifr_flags", InterfaceRequest.FLAGS_AT);
    compare();
  }

  @Test
  void tcpInfoHasTheCompilersOffsets() {
    offset("struct tcp_info", "tcpi_state", TcpInfo.STATE_AT);
    offset("struct tcp_info", "tcpi_options", TcpInfo.OPTIONS_AT);
    offset("struct tcp_info", "tcpi_snd_mss", TcpInfo.SND_MSS_AT);
    offset("struct tcp_info", "tcpi_rtt", TcpInfo.RTT_AT);
    offset("struct tcp_info", "tcpi_snd_cwnd", TcpInfo.SND_CWND_AT);
    offset("struct tcp_info", "tcpi_total_retrans", TcpInfo.TOTAL_RETRANS_AT);
    compare();
  }

  @Test
  void constantsHaveTheCompilersValues() {
    constants(AddressFamily.class, "AF_");
    constants(SocketType.class, "SOCK_");
    constants(Shutdown.class, "SHUT_");
    constants(SocketOption.class, "");
    constants(Ioctl.class, "");
    constants(TunFlag.class, "");
    constants(Errno.class, "");
    constants(FileFlag.class, "");
    compare();
  }

  @Test
  void flagsHaveTheCompilersValues() {
    constants(MessageFlag.class, "MSG_");
    constants(EpollFlag.class, "EPOLL");
    constants(SocketLevel.class, "SOL_");
    compare();
  }

  @Test
  void everyErrorNumberHasItsName() throws IllegalAccessException {
    for (Field field : Errno.class.getDeclaredFields()) {
      assertThat(Errno.name(-field.getInt(null))).startsWith(field.getName() + ": ");
    }
    assertThat(Errno.name(-4095)).isEqualTo("error 4095");
  }

  private void size(String type, long bytes) {
    expected.put("sizeof(" + type + ")", bytes);
  }

  private void offset(String type, String field, long bytes) {
    expected.put("offsetof(" + type + ", " + field + ")", bytes);
  }

  private void constants(Class<?> type, String prefix) {
    for (Field field : type.getDeclaredFields()) {
      String name = field.getName();
      // "EPOLL" is followed by the event's name or by "_CTL_".
      String constant = prefix.equals("EPOLL") && name.startsWith("CTL_") ? "_" + name : name;
      try {
        expected.put(prefix + constant, (long) field.getInt(null));
      } catch (IllegalAccessException e) {
        throw new AssertionError(e);
      }
    }
  }

  private void compare() {
    assertThat(compile()).isEqualTo(expected);
  }

  /** What a C program prints for each expression. */
  private Map<String, Long> compile() {
    var program = new StringBuilder(INCLUDES).append("int main(void) {\n");
    for (String expression : expected.keySet()) {
      program.append(
          "printf(\"%%s;%%lld\\n\", \"%s\", (long long)(int)(%s));\n"
              .formatted(expression, expression));
    }
    program.append("return 0; }\n");
    try {
      Path source = Files.writeString(directory.resolve("abi.c"), program);
      Path binary = directory.resolve("abi");
      run(List.of("cc", "-o", binary.toString(), source.toString()));
      var values = new HashMap<String, Long>();
      for (String line : run(List.of(binary.toString())).lines().toList()) {
        int separator = line.indexOf(';');
        values.put(line.substring(0, separator), Long.parseLong(line.substring(separator + 1)));
      }
      return values;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String run(List<String> command) throws IOException {
    Process process;
    try {
      process = new ProcessBuilder(new ArrayList<>(command)).redirectErrorStream(true).start();
    } catch (IOException e) {
      assumeTrue(false, "no C compiler: structures are not compared");
      throw e;
    }
    String output = new String(process.getInputStream().readAllBytes());
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    assertThat(process.exitValue()).as(output).isZero();
    return output;
  }
}
