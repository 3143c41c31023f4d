package org.jpasst.migrate.stream;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jpasst.linux.TcpInfo;

/** A state stream as lines for people. Queues are told by their lengths, not their content. */
public final class StreamReport {
  private StreamReport() {}

  /** The lines, without line ends. */
  public static List<String> lines(StateStream stream) {
    List<String> lines = new ArrayList<>();
    lines.add("state stream, " + stream.header());
    ObservedAddresses guest = stream.addresses();
    lines.add(
        "guest: MAC %s, IPv4 %s, IPv6 %s, link-local %s"
            .formatted(
                guest.usableMac().map(Object::toString).orElse("not seen"),
                guest.ipv4(),
                guest.ipv6(),
                guest.linkLocal().isUnspecified() ? "not seen" : guest.linkLocal()));
    lines.add("TCP connections: " + stream.flows().size());
    for (int i = 0; i < stream.flows().size(); i++) {
      addFlow(lines, i, stream.flows().get(i));
      addSocket(lines, stream.sockets().get(i));
    }
    stream.sections().forEach(section -> addSection(lines, section));
    return lines;
  }

  private static void addSection(List<String> lines, Section section) {
    switch (section) {
      case TcpOptionsSection options -> {
        lines.add("TCP options: " + options.connections().size());
        for (TcpOptionsRecord each : options.connections()) {
          lines.add(
              "   guest %s, peer %s: SACK %s, timestamps %s"
                  .formatted(
                      each.guest().endpoint(),
                      each.guest().own(),
                      each.sack() ? "on" : "off",
                      each.timestamps() ? "on" : "off"));
        }
      }
      case TcpKeepAlives asked -> {
        lines.add("TCP keep-alives: " + asked.connections().size());
        for (TcpKeepAliveRecord each : asked.connections()) {
          lines.add(
              "   guest %s, peer %s: each %d s"
                  .formatted(each.guest().endpoint(), each.guest().own(), each.seconds()));
        }
      }
      case Stations others -> {
        lines.add("stations besides the guest: " + others.stations().size());
        for (StationRecord each : others.stations()) {
          lines.add("   %s at %s".formatted(each.address(), each.mac()));
        }
      }
      case UdpFlows udp -> {
        lines.add("UDP flows: " + udp.flows().size());
        for (UdpFlowRecord each : udp.flows()) {
          lines.add(sides(each.fromGuest(), each.guest(), each.host()));
          lines.add(
              "   %s; idle for %d ms; %d datagrams from the guest, %d to it; %d wait for it"
                  .formatted(
                      each.connected() ? "one peer" : "answers from anyone",
                      each.idleMillis(),
                      each.datagramsFromGuest(),
                      each.datagramsToGuest(),
                      each.waiting().size()));
        }
      }
      case EchoFlows echo -> {
        lines.add("echo flows: " + echo.flows().size());
        for (EchoFlowRecord each : echo.flows()) {
          lines.add(sides(true, each.guest(), each.host()));
          lines.add(
              "   idle for %d ms; last sequence number %d; %d replies wait for the guest"
                  .formatted(each.idleMillis(), each.lastSequence(), each.waiting().size()));
        }
      }
      case Neighbours known -> {
        lines.add("addresses of a bridged guest: " + known.addresses().size());
        for (NeighbourRecord each : known.addresses()) {
          String what = each.isAlone() ? "" : each.address() + " at ";
          lines.add("   " + what + each.mac() + (each.router() ? ", a router" : ""));
        }
      }
      case LateToken _ -> lines.add("frames that come late are sent on by the source");
      case CachedFrames cache ->
          lines.add("packet cache: %d frames, %d bytes".formatted(cache.count(), cache.size()));
    }
  }

  private static String sides(boolean outbound, FlowSideRecord guest, FlowSideRecord host) {
    return "%s, guest %s %s %s, host %s %s %s"
        .formatted(
            outbound ? "outbound" : "inbound",
            guest.endpoint(),
            outbound ? "->" : "<-",
            guest.own(),
            host.own(),
            outbound ? "->" : "<-",
            host.endpoint());
  }

  private static void addFlow(List<String> lines, int index, FlowRecord flow) {
    lines.add(index + ": " + sides(flow.outbound(), flow.guest(), flow.host()));
    GuestTcpRecord tcp = flow.tcp();
    lines.add(
        "   guest: %s; %s; mss %d; %d retries"
            .formatted(
                names(FlowEvent.of(tcp.events())),
                tcp.flags() == 0 ? "no flags" : names(FlowFlag.of(tcp.flags())),
                tcp.tapMss(),
                tcp.retries()));
    lines.add(
        "   to guest: next %s, acknowledged %s, window %d << %d; from guest: next %s, acknowledged"
                .formatted(
                    unsigned(tcp.seqToTap()),
                    unsigned(tcp.seqAckFromTap()),
                    tcp.wndFromTap(),
                    tcp.wsFromTap(),
                    unsigned(tcp.seqFromTap()))
            + " %s, first %s, window %d << %d"
                .formatted(
                    unsigned(tcp.seqAckToTap()),
                    unsigned(tcp.seqInitFromTap()),
                    tcp.wndToTap(),
                    tcp.wsToTap()));
  }

  private static void addSocket(List<String> lines, SocketRecord socket) {
    switch (socket) {
      case SocketRecord.Skipped _ -> lines.add("   socket: skipped, the target resets it");
      case SocketRecord.Dumped dumped -> addSocket(lines, dumped);
    }
  }

  private static void addSocket(List<String> lines, SocketRecord.Dumped dumped) {
    SocketFields fields = dumped.fields();
    lines.add(
        "   socket: %s, mss %d, %s"
            .formatted(dumped.state(), fields.mss(), options(fields.options())));
    lines.add(
        "   send queue: %d bytes from %s, %d not sent; receive queue: %d bytes from %s"
            .formatted(
                fields.sndq(),
                unsigned(fields.seqSnd()),
                fields.notsent(),
                fields.rcvq(),
                unsigned(fields.seqRcv())));
    lines.add(
        "   peer's window %s << %d of most %s, wl1 %s; our window %s << %d, wup %s; timestamp %s"
            .formatted(
                unsigned(fields.window().sndWnd()),
                fields.sndWs(),
                unsigned(fields.window().maxWindow()),
                unsigned(fields.window().sndWl1()),
                unsigned(fields.window().rcvWnd()),
                fields.rcvWs(),
                unsigned(fields.window().rcvWup()),
                unsigned(fields.timestamp())));
  }

  private static String options(int bits) {
    List<String> names = new ArrayList<>();
    if ((bits & TcpInfo.OPTION_TIMESTAMPS) != 0) {
      names.add("timestamps");
    }
    if ((bits & TcpInfo.OPTION_SACK) != 0) {
      names.add("SACK");
    }
    if ((bits & TcpInfo.OPTION_WINDOW_SCALE) != 0) {
      names.add("window scale");
    }
    return names.isEmpty() ? "no options" : String.join(" ", names);
  }

  private static String names(Set<? extends Enum<?>> set) {
    return set.stream().map(Enum::name).collect(Collectors.joining(" "));
  }

  private static String unsigned(int value) {
    return Integer.toUnsignedString(value);
  }
}
