package org.jpasst.loop;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jpasst.linux.Errno;
import org.jpasst.log.Log;
import org.jpasst.log.LogLevel;

/**
 * A few connections that a loop watches, each at a place of its own and with a timer: who is over
 * is closed, and its place is free again.
 *
 * @param <C> what is connected
 */
public final class Connections<C extends Connection> implements AutoCloseable {
  /** Whose they are. */
  public interface Owner {
    /** One who needn't be told. */
    Owner NOBODY = new Owner() {};

    /**
     * A connection has gone on and is watched further.
     *
     * @param turned whether for something else than before
     * @param now the turn's time
     */
    default void onAdvanced(int place, boolean turned, long now) {}

    /** A connection's time is up: it is closed next. */
    default void onTimeout(int place) {}
  }

  private final EventLoop loop;
  private final String whom;
  private final Owner owner;
  private final Log log;
  private final EventKeys keys;
  private final TimerWheel timers;
  private final List<Optional<C>> connections;
  private final int[] fds;
  private final int[] generations;
  private final int[] watchedFor;

  /**
   * Room for so many.
   *
   * @param kind of their events
   * @param whom what one of them is called in messages
   */
  public Connections(EventLoop loop, EventKind kind, int most, String whom, Owner owner, Log log) {
    this.loop = loop;
    this.whom = whom;
    this.owner = owner;
    this.log = log;
    connections = new ArrayList<>(Collections.nCopies(most, Optional.empty()));
    fds = new int[most];
    generations = new int[most];
    watchedFor = new int[most];
    keys = loop.handle(kind, new Events());
    timers = loop.newTimers((place, now) -> onTimeout(place));
  }

  /** The first free place; as many as there may be where there is none. */
  public int free() {
    int place = connections.indexOf(Optional.empty());
    return place < 0 ? connections.size() : place;
  }

  /** Whether there is a connection at a place. */
  public boolean has(int place) {
    return connections.get(place).isPresent();
  }

  /** The connection at a place, which has one. */
  public C at(int place) {
    return connections.get(place).orElseThrow();
  }

  /**
   * Watches a connection from now on, which is closed where that can't be, and this told.
   *
   * @param place a free one
   * @param fd the connection's descriptor
   * @return whether it is watched
   */
  public boolean add(int place, int fd, C connection) {
    watchedFor[place] = connection.interest();
    int result = loop.add(fd, watchedFor[place], key(place));
    if (result < 0) {
      String failure = "cannot watch " + whom + ": " + Errno.name(result);
      log.limited(LogLevel.WARNING, "unwatched." + whom, failure);
      connection.close();
      return false;
    }
    fds[place] = fd;
    connections.set(place, Optional.of(connection));
    return true;
  }

  /** Has the connection at a place closed at some time, unless another is set before. */
  public void setTimeout(int place, long time) {
    timers.schedule(place, time);
  }

  /** Leaves the connection at a place all time. */
  public void cancelTimeout(int place) {
    timers.cancel(place);
  }

  /** Closes the connection at a place, which has one. */
  public void hangUp(int place) {
    at(place).close();
    connections.set(place, Optional.empty());
    generations[place]++;
    timers.cancel(place);
  }

  /** Watches the connection at a place, which has one, for what it waits for now. */
  public void update(int place) {
    watch(place);
  }

  /** Whether it is watched for something else than before. */
  private boolean watch(int place) {
    int interest = at(place).interest();
    boolean turned = interest != watchedFor[place];
    if (turned) {
      watchedFor[place] = interest;
      loop.modify(fds[place], interest, key(place));
    }
    return turned;
  }

  private long key(int place) {
    return keys.of(generations[place], place);
  }

  private void onTimeout(int place) {
    owner.onTimeout(place);
    hangUp(place);
  }

  private final class Events implements EventHandler {
    @Override
    public void onReady(int place, int generation, int events, long now) {
      if (isCurrent(place, generation)) {
        advance(place, now);
      }
    }

    @Override
    public void onFailure(int place, int generation, long now) {
      if (isCurrent(place, generation)) {
        hangUp(place);
      }
    }

    private boolean isCurrent(int place, int generation) {
      return has(place) && generation == (generations[place] & EventKey.GENERATION_MASK);
    }

    private void advance(int place, long now) {
      C connection = at(place);
      if (!connection.advance()) {
        hangUp(place);
        return;
      }
      boolean turned = watch(place);
      owner.onAdvanced(place, turned, now);
    }
  }

  /** Closes them all. */
  @Override
  public void close() {
    connections.forEach(each -> each.ifPresent(Connection::close));
  }
}
