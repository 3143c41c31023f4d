package org.jpasst.proto.tcp;

import java.util.Arrays;
import org.jpasst.flow.FlowSide;
import org.jpasst.flow.FlowTable;
import org.jpasst.flow.FlowType;
import org.jpasst.flow.Pif;
import org.jpasst.forward.AddressTranslation;
import org.jpasst.net.IpAddress;
import org.jpasst.net.MacLookup;
import org.jpasst.proto.Environment;
import org.jpasst.wire.TcpHeader;

/**
 * Asks the guest whether it takes connections at a port: by a SYN of our own, as of the host's
 * loopback. No connection stands behind it: a SYN-ACK is answered by RST, so that the guest's
 * programs don't hear of it (RFC 9293 section 3.10.7.4, SYN-RECEIVED).
 */
final class PortQuestions {
  /** What becomes of a question. */
  enum Outcome {
    ASKED,
    /** The guest has no address, or we have none to ask from. */
    NOBODY,
    /** Neither the link nor we have room for it now. */
    NO_ROOM
  }

  /** What the guest says about one. */
  enum Answer {
    NONE,
    REFUSED,
    TAKEN
  }

  /** Questions that may wait for an answer, and with {@link #PATIENCE} how many a second. */
  static final int MOST = 256;

  /** After this, nanoseconds, there is none. */
  private static final long PATIENCE = ClosedPorts.SHORTEST;

  /** Each has a port of its own to come from: RFC 6335 section 6. */
  private static final int FIRST_PORT = 49_152;

  private static final int WINDOW = 65_535;

  /** One question. */
  private static final class Question {
    private final FlowSide side = new FlowSide();
    private TcpListener about;
    private int sequence;
    private long askedAt;
  }

  private final FlowTable flows;
  private final AddressTranslation translation;
  private final MacLookup macs;
  private final TcpOutput output;
  private final Question[] questions = new Question[MOST];
  private final FlowSide host = new FlowSide();
  private final TcpSegment syn = new TcpSegment();
  private int next;
  private TcpListener answered;

  PortQuestions(Environment environment, TcpOutput output) {
    flows = environment.flows();
    translation = environment.translation();
    macs = environment.macs();
    this.output = output;
    Arrays.setAll(questions, _ -> new Question());
  }

  /** Whether there may be another one now. */
  boolean hasRoom(long now) {
    Question question = questions[next];
    return question.about == null || now - question.askedAt >= PATIENCE;
  }

  /** Asks about a port, over one IP version. */
  Outcome ask(TcpListener about, boolean overIpv4, long now) {
    if (!hasRoom(now)) {
      return Outcome.NO_ROOM;
    }
    Question question = questions[next];
    IpAddress loopback = overIpv4 ? IpAddress.LOOPBACK4 : IpAddress.LOOPBACK6;
    IpAddress target = about.rule.targetAddress().orElse(IpAddress.ANY6);
    long hi = loopback.hi();
    long lo = loopback.lo();
    host.set(Pif.HOST, hi, lo, FIRST_PORT + next, hi, lo, about.port);
    FlowSide side = question.side;
    int port = about.rule.targetOf(about.port);
    if (!translation.inbound(host, target.hi(), target.lo(), port, side)
        || side.isIpv4() != overIpv4) {
      return Outcome.NOBODY;
    }
    int secret = flows.secretOf(side.endpointHi(), side.endpointLo());
    question.sequence = secret + (int) (now >>> 5); // RFC 6528
    syn.of(side, macs.macOf(side.ourHi(), side.ourLo()), 0);
    syn.says(TcpHeader.SYN, question.sequence, 0).offers(WINDOW);
    if (flows.lookup(FlowType.TCP, side) != FlowTable.NONE || !output.send(syn)) {
      next = (next + 1) % MOST;
      return Outcome.NO_ROOM;
    }
    question.about = about;
    question.askedAt = now;
    next = (next + 1) % MOST;
    return Outcome.ASKED;
  }

  /**
   * Looks whether a segment of no connection, or an error about one, answers a question.
   *
   * @param acknowledged the number that it says our SYN has
   */
  Answer take(FlowSide side, int flags, int acknowledged) {
    int place = side.ourPort() - FIRST_PORT;
    if (place < 0 || place >= MOST) {
      return Answer.NONE;
    }
    Question question = questions[place];
    if (question.about == null
        || acknowledged != question.sequence
        || !question.side.sameAs(side)) {
      return Answer.NONE;
    }
    if (question.askedAt != question.about.askedAt) {
      return Answer.NONE; // it has been asked again since
    }
    boolean refused = (flags & TcpHeader.RST) != 0;
    if (!refused && (flags & TcpHeader.STATE) != (TcpHeader.SYN | TcpHeader.ACK)) {
      return Answer.NONE;
    }
    answered = question.about;
    question.about = null;
    return refused ? Answer.REFUSED : Answer.TAKEN;
  }

  /** Whom the last answer was about. */
  TcpListener answered() {
    return answered;
  }
}
