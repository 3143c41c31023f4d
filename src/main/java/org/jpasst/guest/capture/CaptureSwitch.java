package org.jpasst.guest.capture;

import java.io.IOException;
import java.util.Optional;
import org.jpasst.guest.FrameReceiver;
import org.jpasst.guest.FrameSink;
import org.jpasst.guest.GuestLink;
import org.jpasst.loop.TurnListener;

/**
 * Puts a capture in front of a guest's link, and takes it away again: while there is none, frames
 * pass as if there never had been one. At each turn's end what was captured is written, so that a
 * reader of the file is up to date. Belongs to the loop's thread, and never in the midst of a
 * batch.
 */
public final class CaptureSwitch implements TurnListener, AutoCloseable {
  private final GuestLink link;
  private final CaptureSink sink;
  private FrameReceiver receiver = FrameReceiver.NOBODY;
  private Optional<PcapFile> file = Optional.empty();

  /** A switch in front of a link, with nothing switched on. */
  public CaptureSwitch(GuestLink link) {
    this.link = link;
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
  public void start(PcapFile to) {
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
  public Optional<PcapFile> stop() throws IOException {
    Optional<PcapFile> ended = file;
    file = Optional.empty();
    put();
    if (ended.isPresent()) {
      ended.get().close();
    }
    return ended;
  }

  private void put() {
    sink.record(file);
    link.deliverTo(
        file.<FrameReceiver>map(each -> new CaptureReceiver(receiver, each)).orElse(receiver));
  }

  @Override
  public void onTurnEnd(long nowNanos) {
    if (file.isPresent()) {
      file.get().flush();
    }
  }

  @Override
  public void close() throws IOException {
    stop();
  }
}
