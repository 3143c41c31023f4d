package org.jpasst.guest.capture;

import java.io.IOException;
import java.util.Optional;
import java.util.stream.Stream;
import org.jpasst.guest.FrameReceiver;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.GuestLink;
import org.jpasst.log.Log;
import org.jpasst.loop.TurnListener;
import org.jpasst.stats.Counters;
import org.jpasst.stats.FrameObserver;

/**
 * Puts a capture in front of a guest's link, and takes it away again; the same with a trace, which
 * is there while the log takes one. While there is neither, frames pass as if there never had been
 * one. At each turn's end what was captured is written, so that a reader of the file is up to date.
 * Belongs to the loop's thread, and never changes within a batch.
 */
public final class CaptureSwitch implements TurnListener, AutoCloseable {
  private final GuestLink link;
  private final CaptureSink sink;
  private final Counters counters;
  private final Log log;
  private final FrameRecorder trace;
  private FrameReceiver receiver = FrameReceiver.NOBODY;
  private Optional<CaptureFile> file = Optional.empty();
  private boolean traced;

  /**
   * A switch in front of a link, with no capture switched on.
   *
   * @param counters tell why frames are dropped
   * @param log has a line for each frame while it takes traces
   */
  public CaptureSwitch(GuestLink link, Counters counters, Log log) {
    this.link = link;
    this.counters = counters;
    this.log = log;
    trace = new FrameTrace(log);
    sink = new CaptureSink(link.sink());
  }

  /** Where frames for the guest go. */
  public FrameSink sink() {
    return sink;
  }

  /** Sets who takes the guest's frames. */
  public void deliverTo(FrameReceiver frameReceiver) {
    receiver = frameReceiver;
    put();
  }

  /** Whether a capture is on. */
  public boolean isOn() {
    return file.isPresent();
  }

  /**
   * Records all frames from now on, in a file that has begun or is to begin.
   *
   * @param to becomes this object's
   * @throws IllegalStateException if a capture is on
   */
  public void start(CaptureFile to) {
    if (isOn()) {
      throw new IllegalStateException("a capture is on");
    }
    file = Optional.of(to);
    put();
  }

  /**
   * Has the file of the capture that is on, if one is, written from now on.
   *
   * @throws IOException if it can't be; then the capture has ended
   */
  public void begin() throws IOException {
    if (file.isEmpty()) {
      return;
    }
    try {
      file.get().begin();
    } catch (IOException e) {
      stop();
      throw e;
    }
  }

  /**
   * Ends the capture.
   *
   * @return its file, written as far as that was possible and closed; empty where none was on
   * @throws IOException if it can't be closed
   */
  public Optional<CaptureFile> stop() throws IOException {
    Optional<CaptureFile> ended = file;
    file = Optional.empty();
    put();
    if (ended.isPresent()) {
      ended.get().close();
    }
    return ended;
  }

  private void put() {
    traced = log.isTrace();
    Stream<FrameRecorder> tracing = traced ? Stream.of(trace) : Stream.empty();
    sink.showTo(Stream.concat(tracing, file.stream()).toArray(FrameRecorder[]::new));
    FrameReceiver front = receiver;
    counters.observe(FrameObserver.NOBODY);
    if (file.isPresent()) {
      switch (file.get()) {
        case PcapFile plain -> front = new CaptureReceiver(front, plain);
        case PcapNgFile explaining -> {
          var reasons = new DropReasons(front, explaining, counters);
          counters.observe(reasons);
          front = reasons;
        }
      }
    }
    link.deliverTo(traced ? new CaptureReceiver(front, trace) : front);
  }

  @Override
  public void onTurnEnd(long nowNanos) {
    if (file.isPresent()) {
      file.get().flush();
    }
    if (log.isTrace() != traced) {
      put(); // an operator has changed the log's level
    }
  }

  @Override
  public void close() throws IOException {
    stop();
  }
}
