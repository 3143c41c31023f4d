package org.jpasst.guest.capture;

import org.jpasst.loop.TurnListener;

/** Writes what was captured at each turn's end, so that a reader of the file is up to date. */
public final class CaptureFlush implements TurnListener {
  private final PcapFile file;

  /** Flushes one file. */
  public CaptureFlush(PcapFile file) {
    this.file = file;
  }

  @Override
  public void onTurnEnd(long nowNanos) {
    file.flush();
  }
}
