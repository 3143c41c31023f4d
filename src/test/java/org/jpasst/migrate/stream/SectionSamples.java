package org.jpasst.migrate.stream;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.util.List;
import org.jpasst.net.Endpoint;
import org.jpasst.net.IpAddress;
import org.jpasst.net.MacAddress;

/** Sections with everything in them that there can be. */
public final class SectionSamples {
  private static final IpAddress GUEST4 = IpAddress.parse("192.0.2.1").orElseThrow();
  private static final IpAddress PEER4 = IpAddress.parse("192.0.2.3").orElseThrow();
  private static final IpAddress GUEST6 = IpAddress.parse("2001:db8::1").orElseThrow();
  private static final IpAddress PEER6 = IpAddress.parse("2001:db8::3").orElseThrow();
  private static final IpAddress GROUP6 = IpAddress.parse("ff02::fb").orElseThrow();

  private SectionSamples() {}

  /** All of them, one after the other, as a stream has them. */
  public static byte[] bytes() {
    var bytes = new ByteArrayOutputStream();
    try {
      StreamWriter writer = new StreamWriter(Channels.newChannel(bytes));
      for (Section section : all()) {
        writer.section(section);
      }
      writer.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  static List<Section> all() {
    return List.of(tcp(), keepAlives(), stations(), udp(), echo(), neighbours(), late(), cache());
  }

  static LateToken late() {
    return new LateToken(0x0123_4567_89ab_cdefL, -2);
  }

  static TcpOptionsSection tcp() {
    return new TcpOptionsSection(
        List.of(
            new TcpOptionsRecord(side(PEER4, 80, GUEST4, 40_000), true, true, -1, 1_000),
            new TcpOptionsRecord(side(PEER6, 80, GUEST6, 40_001), true, false, 0, 0)));
  }

  static TcpKeepAlives keepAlives() {
    return new TcpKeepAlives(
        List.of(
            new TcpKeepAliveRecord(side(PEER4, 80, GUEST4, 40_000), 75),
            new TcpKeepAliveRecord(side(PEER6, 80, GUEST6, 40_001), 1)));
  }

  static Stations stations() {
    return new Stations(
        List.of(
            new StationRecord(PEER4, new MacAddress(0x0242_ac11_0002L)),
            new StationRecord(PEER6, new MacAddress(0xfeff_ffff_ffffL))));
  }

  static UdpFlows udp() {
    UdpFlowRecord inbound =
        new UdpFlowRecord(
            false,
            true,
            side(PEER4, 5000, GUEST4, 53),
            side(GUEST4, 5353, PEER4, 5000),
            1_234,
            7,
            8,
            List.of(datagram(PEER4, 5000, 1), datagram(PEER4, 5000, 0)));
    UdpFlowRecord group =
        new UdpFlowRecord(
            true,
            false,
            side(GROUP6, 5353, GUEST6, 5353),
            side(IpAddress.ANY6, 5353, GROUP6, 5353),
            0,
            1,
            0,
            List.of(datagram(PEER6, 5353, 100)));
    UdpFlowRecord idle =
        new UdpFlowRecord(
            true,
            true,
            side(PEER6, 443, GUEST6, 40_000),
            side(GUEST6, 40_000, PEER6, 443),
            179_000,
            0xffff_ffffL,
            0xffff_ffffL,
            List.of());
    return new UdpFlows(List.of(inbound, group, idle));
  }

  static EchoFlows echo() {
    EchoFlowRecord waiting =
        new EchoFlowRecord(
            side(PEER4, 77, GUEST4, 77),
            side(GUEST4, 78, PEER4, 78),
            15,
            0xffff,
            List.of(datagram(PEER4, 78, 64)));
    EchoFlowRecord idle =
        new EchoFlowRecord(
            side(PEER6, 1, GUEST6, 1), side(GUEST6, 1, PEER6, 1), 59_000, 0, List.of());
    return new EchoFlows(List.of(waiting, idle));
  }

  static Neighbours neighbours() {
    return new Neighbours(
        List.of(
            new NeighbourRecord(new MacAddress(0x5254_0012_3456L), IpAddress.ANY6, false),
            new NeighbourRecord(new MacAddress(0x5254_0012_3456L), GUEST4, false),
            new NeighbourRecord(new MacAddress(0xfeff_ffff_ffffL), GUEST6, true)));
  }

  static CachedFrames cache() {
    ByteBuffer frames = ByteBuffer.allocateDirect(2 * CachedFrames.FRAME_FIXED + 60 + 14);
    frames.putInt(1_000).putShort((short) 60).put(new byte[60]);
    frames.putInt(1_500).putShort((short) 14).put(new byte[14]);
    return new CachedFrames(2_000, 2, List.of(MemorySegment.ofBuffer(frames.flip())));
  }

  private static FlowSideRecord side(IpAddress own, int ownPort, IpAddress there, int port) {
    return new FlowSideRecord(new Endpoint(own, ownPort), new Endpoint(there, port));
  }

  private static DatagramRecord datagram(IpAddress from, int port, int length) {
    MemorySegment bytes = Arena.ofAuto().allocate(length);
    bytes.fill((byte) 0x5a);
    return new DatagramRecord(new Endpoint(from, port), bytes);
  }
}
