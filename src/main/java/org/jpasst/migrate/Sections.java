package org.jpasst.migrate;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jpasst.guest.TrafficKind;
import org.jpasst.log.Log;
import org.jpasst.migrate.stream.MalformedSectionException;
import org.jpasst.migrate.stream.Section;
import org.jpasst.migrate.stream.SectionTag;
import org.jpasst.migrate.stream.StreamReader;
import org.jpasst.migrate.stream.StreamReader.SectionHeader;
import org.jpasst.migrate.stream.StreamWriter;

/**
 * What passt doesn't move, in sections behind its version 2 up to the stream's end. Whatever is
 * wrong with them, what came before goes on.
 */
final class Sections implements Stage {
  private final GuestState state;
  private final List<SectionStage<?>> stages;
  private final LongSupplier clock;
  private final Log log;

  Sections(GuestState state, LongSupplier clock, Log log) {
    this.state = state;
    this.clock = clock;
    this.log = log;
    stages =
        List.of(
            new TcpOptionsStage(state.tcp()),
            new UdpStage(state.udp()),
            new EchoStage(state.ping()),
            new CacheStage(state.cache()));
  }

  @Override
  public String title() {
    return "sections";
  }

  /** The cache comes last: what isn't covered is taken into it from the sockets before. */
  @Override
  public void save(Set<TrafficKind> covered, StreamWriter to) throws IOException {
    long now = clock.getAsLong();
    if (!covered.contains(TrafficKind.UDP)) {
      state.udp().takeIn(now);
    }
    if (!covered.contains(TrafficKind.ECHO)) {
      state.ping().takeIn();
    }
    for (SectionStage<?> stage : stages) {
      if (covered.contains(stage.kind()) || stage instanceof CacheStage) {
        Section section = stage.save(now);
        if (!section.isEmpty()) {
          to.section(section);
          log.debug(section.tag().title() + ": " + section.size() + " bytes");
        }
      }
    }
  }

  @Override
  public void rollBack() {
    // What was taken out of the sockets goes to the guest as soon as it takes frames.
  }

  @Override
  public void forget() {
    stages.forEach(SectionStage::forget);
  }

  @Override
  public void load(StreamReader from) {
    try {
      Optional<SectionHeader> header = from.sectionHeader();
      while (header.isPresent()) {
        load(header.get(), from);
        header = from.sectionHeader();
      }
    } catch (IOException e) {
      log.warn("the rest of the state is ignored: " + e.getMessage());
    }
  }

  private void load(SectionHeader header, StreamReader from) throws IOException {
    Optional<SectionTag> tag = SectionTag.of(header.tag());
    if (tag.isEmpty()) {
      log.info("a section that isn't known here is ignored: " + Integer.toHexString(header.tag()));
      from.skip(header);
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      load(Section.read(tag.get(), from.body(header, arena)));
    } catch (MalformedSectionException e) {
      log.warn(tag.get().title() + " of the state are ignored: " + e.getMessage());
    }
  }

  private void load(Section section) {
    for (SectionStage<?> stage : stages) {
      load(stage, section);
    }
  }

  private <S extends Section> void load(SectionStage<S> stage, Section section) {
    if (stage.type().isInstance(section)) {
      log.info(stage.load(stage.type().cast(section), clock.getAsLong()));
    }
  }
}
