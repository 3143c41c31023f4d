package org.jpasst.migrate;

import java.util.Set;
import org.jpasst.guest.TrafficKind;
import org.jpasst.late.LateFrames;
import org.jpasst.late.LateSender;
import org.jpasst.late.Token;
import org.jpasst.migrate.stream.LateToken;

/**
 * Frames that come after the state, by another way than the state. Before the packet cache: what
 * was late for a guest that left earlier is forgotten before there are frames of this one.
 */
final class LateStage implements SectionStage<LateToken> {
  private final LateFrames frames;

  LateStage(LateFrames frames) {
    this.frames = frames;
  }

  @Override
  public boolean moves(Set<TrafficKind> covered) {
    return frames.sender().isPresent();
  }

  @Override
  public LateToken save(long now) {
    Token token = frames.sender().orElseThrow().begin();
    return new LateToken(token.hi(), token.lo());
  }

  @Override
  public String load(LateToken section, long now) {
    frames.sender().ifPresent(LateSender::finish);
    if (frames.receiver().isEmpty()) {
      return "frames that come late are lost: nobody listens for them here (--late-frames-from)";
    }
    frames.receiver().get().expect(new Token(section.hi(), section.lo()));
    return "frames that come late are waited for";
  }

  @Override
  public void rollBack() {
    frames.sender().ifPresent(LateSender::cancel);
  }

  @Override
  public void forget() {
    frames.sender().ifPresent(LateSender::guestIsGone);
  }
}
