package org.jpasst.migrate;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jpasst.guest.TrafficKind;
import org.jpasst.log.Log;
import org.jpasst.migrate.stream.CachedFrames;
import org.jpasst.migrate.stream.EchoFlows;
import org.jpasst.migrate.stream.LateToken;
import org.jpasst.migrate.stream.MalformedSectionException;
import org.jpasst.migrate.stream.Neighbours;
import org.jpasst.migrate.stream.Section;
import org.jpasst.migrate.stream.SectionTag;
import org.jpasst.migrate.stream.Stations;
import org.jpasst.migrate.stream.StreamReader;
import org.jpasst.migrate.stream.StreamReader.SectionHeader;
import org.jpasst.migrate.stream.StreamWriter;
import org.jpasst.migrate.stream.TcpKeepAlives;
import org.jpasst.migrate.stream.TcpOptionsSection;
import org.jpasst.migrate.stream.UdpFlows;

/**
 * What passt doesn't move, in sections behind its version 2 up to the stream's end. Whatever is
 * wrong with them, what came before goes on.
 */
final class Sections implements Stage {
  /** More than anybody has reason to write: one of each kind, and those of later versions. */
  private static final int MOST = 64;

  private final GuestState state;
  private final TcpOptionsStage tcpOptions;
  private final TcpKeepAliveStage keepAlives;
  private final StationStage stations;
  private final UdpStage udp;
  private final EchoStage echo;
  private final Optional<NeighbourStage> neighbours;
  private final Optional<LateStage> late;
  private final CacheStage cache;

  /** All of them. What isn't covered is taken from the sockets into the cache, which comes last. */
  private final List<SectionStage<?>> stages;

  private final LongSupplier clock;
  private final Log log;

  Sections(GuestState state, LongSupplier clock, Log log) {
    this.state = state;
    this.clock = clock;
    this.log = log;
    tcpOptions = new TcpOptionsStage(state.tcp());
    keepAlives = new TcpKeepAliveStage(state.tcp());
    stations = new StationStage(state.addresses(), state.flows(), state.link());
    udp = new UdpStage(state.udp());
    echo = new EchoStage(state.ping());
    cache = new CacheStage(state.cache());
    neighbours = state.asBridged().map(each -> new NeighbourStage(each.addresses()));
    late = state.asBridged().map(each -> new LateStage(each.late()));
    stages =
        neighbours.isPresent()
            ? List.of(neighbours.get(), late.orElseThrow(), cache)
            : List.of(tcpOptions, keepAlives, stations, udp, echo, cache);
  }

  @Override
  public String title() {
    return "sections";
  }

  @Override
  public void save(Set<TrafficKind> covered, StreamWriter to) throws IOException {
    long now = clock.getAsLong();
    state.asBridged().ifPresent(each -> each.leaves(now));
    if (!udp.moves(covered)) {
      state.udp().takeIn(now);
    }
    if (!echo.moves(covered)) {
      state.ping().takeIn();
    }
    for (SectionStage<?> stage : stages) {
      if (stage.moves(covered)) {
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
    stages.forEach(SectionStage::rollBack);
  }

  @Override
  public void forget() {
    stages.forEach(SectionStage::forget);
  }

  @Override
  public void load(StreamReader from) {
    try {
      Optional<SectionHeader> header = from.sectionHeader();
      for (int i = 0; i < MOST && header.isPresent(); i++) {
        load(header.get(), from);
        header = from.sectionHeader();
      }
      if (header.isPresent()) {
        log.warn("the rest of the state is ignored: more than " + MOST + " sections");
      }
    } catch (IOException e) {
      log.warn("the rest of the state is ignored: " + e.getMessage());
    }
  }

  private void load(SectionHeader header, StreamReader from) throws IOException {
    Optional<SectionTag> tag = SectionTag.of(header.tag());
    if (tag.isEmpty()) {
      log.info(
          "a part of the state that this version doesn't know is ignored: "
              + Integer.toHexString(header.tag()));
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
    long now = clock.getAsLong();
    if (state.bridged() != isOfBridged(section) && !(section instanceof CachedFrames)) {
      String guest = "here the guest is " + (state.bridged() ? "" : "not ") + "bridged";
      log.warn(section.tag().title() + " of the state are ignored: " + guest);
      return;
    }
    log.info(
        switch (section) {
          case TcpOptionsSection its -> tcpOptions.load(its, now);
          case TcpKeepAlives its -> keepAlives.load(its, now);
          case Stations its -> stations.load(its, now);
          case UdpFlows its -> udp.load(its, now);
          case EchoFlows its -> echo.load(its, now);
          case Neighbours its -> neighbours.orElseThrow().load(its, now);
          case LateToken its -> late.orElseThrow().load(its, now);
          case CachedFrames its -> cache.load(its, now);
        });
  }

  private static boolean isOfBridged(Section section) {
    return section instanceof Neighbours || section instanceof LateToken;
  }
}
