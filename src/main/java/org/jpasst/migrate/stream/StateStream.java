package org.jpasst.migrate.stream;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A whole state stream, for tools and tests; a migration reads and writes part by part.
 *
 * @param header what it begins with
 * @param addresses the guest's addresses
 * @param flows one record for each flow
 * @param sockets as many, in the same order
 * @param sections what follows that passt has no place for
 */
public record StateStream(
    StreamHeader header,
    ObservedAddresses addresses,
    List<FlowRecord> flows,
    List<SocketRecord> sockets,
    List<Section> sections) {
  /**
   * Copies the lists.
   *
   * @throws IllegalArgumentException if they differ in length: a bug of the caller
   */
  public StateStream {
    flows = List.copyOf(flows);
    sockets = List.copyOf(sockets);
    sections = List.copyOf(sections);
    if (flows.size() != sockets.size()) {
      throw new IllegalArgumentException(flows.size() + " flows, " + sockets.size() + " sockets");
    }
  }

  /**
   * Reads a stream up to its end. Sections that aren't known are left out.
   *
   * @param arena the queues and sections are allocated from it
   * @throws org.jpasst.linux.ErrnoException as {@link StreamReader} says
   * @throws MalformedSectionException if a section makes no sense
   */
  public static StateStream read(ReadableByteChannel channel, Arena arena) throws IOException {
    StreamReader reader = new StreamReader(channel);
    StreamHeader header = reader.header();
    ObservedAddresses addresses = reader.addresses();
    int count = reader.flowCount();
    List<FlowRecord> flows = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      flows.add(reader.flow());
    }
    List<SocketRecord> sockets = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      sockets.add(reader.socket(arena));
    }
    return new StateStream(header, addresses, flows, sockets, sections(reader, arena));
  }

  private static List<Section> sections(StreamReader reader, Arena arena) throws IOException {
    List<Section> sections = new ArrayList<>();
    Optional<StreamReader.SectionHeader> header = reader.sectionHeader();
    while (header.isPresent()) {
      Optional<SectionTag> tag = SectionTag.of(header.get().tag());
      if (tag.isPresent()) {
        sections.add(Section.read(tag.get(), reader.body(header.get(), arena)));
      } else {
        reader.skip(header.get());
      }
      header = reader.sectionHeader();
    }
    return sections;
  }

  /** Writes the stream; errors are the channel's. */
  public void write(WritableByteChannel channel) throws IOException {
    StreamWriter writer = new StreamWriter(channel);
    writer.header(header);
    writer.addresses(addresses);
    writer.flowCount(flows.size());
    for (FlowRecord flow : flows) {
      writer.flow(flow);
    }
    for (SocketRecord socket : sockets) {
      writer.socket(socket);
    }
    for (Section section : sections) {
      writer.section(section);
    }
    writer.flush();
  }
}
