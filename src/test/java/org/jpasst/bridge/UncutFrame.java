package org.jpasst.bridge;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import org.jpasst.guest.Frame;
import org.jpasst.guest.FramePieces;
import org.jpasst.guest.Offload;
import org.jpasst.guest.Segmentation;
import org.jpasst.guest.VirtioNetHeader;
import org.jpasst.wire.InternetChecksum;
import org.jpasst.wire.IpProtocol;
import org.jpasst.wire.NetworkOrder;

/**
 * A frame that stands for several packets, written byte by byte after the RFCs, and what of it has
 * to be in each packet.
 *
 * @param bytes of the frame
 * @param network where the IP header is
 * @param transport where TCP's or UDP's is
 * @param headers where the payload begins
 * @param tcp whether it is TCP
 */
public record UncutFrame(byte[] bytes, int network, int transport, int headers, boolean tcp) {
  /** Where UDP's checksum is in its header. */
  public static final int CHECKSUM_OF_UDP = 6;

  /** The sequence number of its first byte, with bytes on either side of 0. */
  public static final int SEQUENCE = 0xffff_f000;

  /** The identification of its IPv4 header, which goes over its end. */
  public static final int IDENTIFICATION = 0xfffe;

  static final int CHECKSUM_OF_TCP = 16;

  /** ACK, PSH, FIN and CWR. */
  static final int FLAGS = 0x10 | 0x08 | 0x01 | 0x80;

  private static final int OPTIONS = 12;

  /** Makes one with a checksum that is only begun. */
  public static UncutFrame of(boolean ipv4, boolean tcp, int tags, int payload) {
    int network = 14 + 4 * tags;
    int transport = network + (ipv4 ? 20 : 40);
    int headers = transport + (tcp ? 20 + OPTIONS : 8);
    byte[] bytes = new byte[headers + payload];
    new Random(payload).nextBytes(bytes);
    MemorySegment s = MemorySegment.ofArray(bytes);
    int at = 12;
    for (int i = 0; i < tags; i++) {
      NetworkOrder.put16(s, at, 0x8100);
      NetworkOrder.put16(s, at + 2, 7 + i);
      at += 4;
    }
    NetworkOrder.put16(s, at, ipv4 ? 0x0800 : 0x86dd);
    int protocol = tcp ? IpProtocol.TCP : IpProtocol.UDP;
    if (ipv4) {
      NetworkOrder.put16(s, network, 0x4500);
      NetworkOrder.put16(s, network + 2, bytes.length - network);
      NetworkOrder.put16(s, network + 4, IDENTIFICATION);
      NetworkOrder.put16(s, network + 6, 0x4000);
      NetworkOrder.put16(s, network + 8, 64 << 8 | protocol);
    } else {
      NetworkOrder.put32(s, network, 0x6000_0000);
      NetworkOrder.put16(s, network + 4, bytes.length - transport);
      NetworkOrder.put16(s, network + 6, protocol << 8 | 64);
    }
    if (tcp) {
      NetworkOrder.put32(s, transport + 4, SEQUENCE);
      NetworkOrder.put16(s, transport + 12, (20 + OPTIONS) / 4 << 12 | FLAGS);
    } else {
      NetworkOrder.put16(s, transport + 4, bytes.length - transport);
    }
    var frame = new UncutFrame(bytes, network, transport, headers, tcp);
    int begun = InternetChecksum.fold(frame.pseudoHeader(s, bytes.length));
    NetworkOrder.put16(s, transport + frame.checksumAt(), begun);
    return frame;
  }

  /** Where the checksum is in its header. */
  public int checksumAt() {
    return tcp ? CHECKSUM_OF_TCP : CHECKSUM_OF_UDP;
  }

  /** Whether it isn't IPv6. */
  public boolean ipv4() {
    return transport - network == 20;
  }

  /** How it stands for several packets: one of {@link Segmentation}. */
  public int segmentation() {
    return tcp ? Segmentation.tcp(ipv4()) : Segmentation.UDP;
  }

  byte[] payload() {
    return Arrays.copyOfRange(bytes, headers, bytes.length);
  }

  /** Of a packet of this frame's addresses with so many bytes. */
  public long pseudoHeader(MemorySegment s, int length) {
    int from = network + (ipv4() ? 12 : 8);
    return InternetChecksum.sum(s, from, transport - from)
        + (tcp ? IpProtocol.TCP : IpProtocol.UDP)
        + length
        - transport;
  }

  /** As a link shows it. */
  Frame shown(int size) {
    MemorySegment memory = Arena.ofAuto().allocate(bytes.length);
    memory.copyFrom(MemorySegment.ofArray(bytes));
    var frame = new Frame(new FramePieces(0));
    frame.set(memory, 0, bytes.length);
    frame.setOffload(true, segmentation(), size);
    frame.setChecksumPlace(transport, checksumAt());
    return frame;
  }

  /** As a TAP device has it, with the header in front. */
  byte[] behindHeader(int size) {
    byte[] all = new byte[VirtioNetHeader.MAX_LENGTH + bytes.length];
    Offload offload = new Offload().set(transport, checksumAt(), segmentation(), size);
    VirtioNetHeader.write(MemorySegment.ofArray(all), 0, offload, headers);
    System.arraycopy(bytes, 0, all, VirtioNetHeader.MAX_LENGTH, bytes.length);
    return all;
  }
}
