package org.jpasst.migrate.stream;

import java.util.Arrays;
import java.util.Optional;

/**
 * What a section behind the stream's version 2 holds. A section is a tag and a length of 32 bits
 * each, big-endian, and as many bytes; tags that a reader doesn't know are passed over.
 */
public enum SectionTag {
  /** What guest and back-end have agreed upon for TCP connections: {@link TcpOptionsRecord}. */
  TCP_OPTIONS(0x5443504f, "TCP options"),
  /** How often the peers of TCP connections are asked: {@link TcpKeepAliveRecord}. */
  TCP_KEEP_ALIVES(0x5443504b, "TCP keep-alives"),
  /** Who is behind the guest's link besides the guest: {@link StationRecord}. */
  STATIONS(0x53544154, "stations"),
  /** UDP flows and the datagrams that wait for the guest: {@link UdpFlowRecord}. */
  UDP_FLOWS(0x55445046, "UDP flows"),
  /** Echo requests of the guest and the replies that wait for it: {@link EchoFlowRecord}. */
  ECHO_FLOWS(0x4543484f, "echo flows"),
  /** By which addresses a bridged guest is known: {@link NeighbourRecord}. */
  NEIGHBOURS(0x4e454947, "addresses of a bridged guest"),
  /** Frames that came for the guest while it stood still: {@link CachedFrames}. */
  PACKET_CACHE(0x504b5453, "packet cache"),
  /** What the frames that come after the state are known by: {@link LateToken}. */
  LATE_FRAMES(0x4c415445, "late frames");

  private final int code;
  private final String title;

  SectionTag(int code, String title) {
    this.code = code;
    this.title = title;
  }

  /** The tag as the stream has it: four letters. */
  public int code() {
    return code;
  }

  /** For messages. */
  public String title() {
    return title;
  }

  /** The one with a code, if it is known here. */
  public static Optional<SectionTag> of(int code) {
    return Arrays.stream(values()).filter(each -> each.code == code).findFirst();
  }
}
