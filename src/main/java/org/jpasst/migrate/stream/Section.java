package org.jpasst.migrate.stream;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** What follows the stream's version 2: something that passt has no place for. */
public sealed interface Section permits ListSection, CachedFrames, LateToken {
  /** What it holds. */
  SectionTag tag();

  /** Bytes it has behind its length. */
  long size();

  /** Whether it needn't be written. */
  boolean isEmpty();

  /**
   * Takes a section apart.
   *
   * @param body its bytes, to which what is answered refers
   * @throws MalformedSectionException if it makes no sense
   */
  static Section read(SectionTag tag, MemorySegment body) throws MalformedSectionException {
    return switch (tag) {
      case TCP_OPTIONS -> SectionReader.whole(body, TcpOptionsSection::read);
      case TCP_KEEP_ALIVES -> SectionReader.whole(body, TcpKeepAlives::read);
      case STATIONS -> SectionReader.whole(body, Stations::read);
      case UDP_FLOWS -> SectionReader.whole(body, UdpFlows::read);
      case ECHO_FLOWS -> SectionReader.whole(body, EchoFlows::read);
      case NEIGHBOURS -> SectionReader.whole(body, Neighbours::read);
      case PACKET_CACHE -> SectionReader.whole(body, CachedFrames::read);
      case LATE_FRAMES -> SectionReader.whole(body, LateToken::read);
    };
  }

  /** Writes {@link #size} bytes; errors are the channel's. */
  void write(StreamWriter to) throws IOException;
}
