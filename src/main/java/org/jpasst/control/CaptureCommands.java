package org.jpasst.control;

import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jpasst.config.CaptureFormat;
import org.jpasst.config.CaptureRing;
import org.jpasst.control.file.OperatorFile;
import org.jpasst.guest.capture.CaptureFile;
import org.jpasst.guest.capture.CaptureSwitch;
import org.jpasst.guest.capture.PcapFile;
import org.jpasst.guest.capture.PcapNgFile;
import org.jpasst.linux.DescriptorChannel;
import org.jpasst.linux.Errno;
import org.jpasst.linux.ErrnoException;
import org.jpasst.linux.FileDescriptors;
import org.jpasst.log.Log;
import org.jpasst.loop.EventLoop;

/** {@code pcap}. */
final class CaptureCommands {
  /** Files don't let us wait. */
  private static final int PATIENCE_MILLIS = 0;

  private final CaptureSwitch capture;
  private final EventLoop loop;
  private final Log log;

  CaptureCommands(Controlled run) {
    capture = run.capture();
    loop = run.parts().loop();
    log = run.log();
  }

  Message start(Request request) throws IOException {
    if (capture.isOn()) {
      throw new ErrnoException(Errno.EBUSY, "a capture is on already: stop that first");
    }
    CaptureFormat format = format(request);
    Optional<CaptureRing> ring = ring(request);
    if (ring.isPresent() && format != CaptureFormat.PCAPNG) {
      throw new ErrnoException(Errno.EINVAL, "a ring is of pcapng files only: ask for that format");
    }
    List<OperatorFile> files =
        ring.isPresent()
            ? request.takeFiles(ring.get().files(), ring.get()::paths)
            : List.of(request.takeFile());
    try {
      capture.start(begin(files, format, ring));
      for (OperatorFile each : files) {
        each.commit();
      }
    } finally {
      files.forEach(OperatorFile::close);
    }
    log.info("an operator has started a capture");
    return Message.ok();
  }

  private static CaptureFormat format(Request request) throws ErrnoException {
    Optional<String> named = request.text(Request.FORMAT);
    if (named.isPresent()) {
      return CaptureFormat.of(named.get())
          .orElseThrow(() -> new ErrnoException(Errno.EINVAL, "format is pcap or pcapng"));
    }
    Optional<Path> path = request.path();
    return path.map(CaptureFormat::of).orElse(CaptureFormat.PCAP);
  }

  private static Optional<CaptureRing> ring(Request request) throws ErrnoException {
    Optional<String> text = request.text(Request.RING);
    Optional<CaptureRing> ring = text.flatMap(CaptureRing::parse);
    if (text.isPresent() && ring.isEmpty()) {
      throw new ErrnoException(Errno.EINVAL, "\"ring\" " + CaptureRing.LIMITS);
    }
    return ring;
  }

  private CaptureFile begin(
      List<OperatorFile> files, CaptureFormat format, Optional<CaptureRing> ring)
      throws IOException {
    List<DescriptorChannel> channels = new ArrayList<>();
    try {
      for (OperatorFile each : files) {
        int fd = each.take();
        channels.add(new DescriptorChannel(fd, PATIENCE_MILLIS));
        if (!FileDescriptors.isSeekable(fd)) {
          // Whoever doesn't read would have the guest wait.
          throw new ErrnoException(Errno.ESPIPE, "a capture goes to a file only");
        }
      }
      if (format == CaptureFormat.PCAPNG) {
        long limit = ring.map(CaptureRing::bytesPerFile).orElse(Long.MAX_VALUE);
        return PcapNgFile.in(channels, limit, loop::now, log);
      }
      channels.getFirst().cutOff();
      return PcapFile.in(channels.getFirst(), loop::now, log);
    } catch (IOException e) {
      channels.forEach(DescriptorChannel::close);
      throw e;
    }
  }

  Message stop(Request request) throws IOException {
    Optional<CaptureFile> file = capture.stop();
    CaptureFile ended =
        file.orElseThrow(() -> new ErrnoException(Errno.EINVAL, "there is no capture to stop"));
    log.info("an operator has ended the capture, after " + ended.frames() + " frames");
    return Message.ok()
        .with("frames", new JsonPrimitive(ended.frames()))
        .with("complete", new JsonPrimitive(ended.isComplete()));
  }
}
