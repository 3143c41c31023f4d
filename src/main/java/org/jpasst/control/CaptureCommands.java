package org.jpasst.control;

import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.util.Optional;
import org.jpasst.control.file.OperatorFile;
import org.jpasst.guest.capture.CaptureFile;
import org.jpasst.guest.capture.CaptureSwitch;
import org.jpasst.guest.capture.PcapFile;
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
    loop = run.loop();
    log = run.log();
  }

  Message start(Request request) throws IOException {
    if (capture.isOn()) {
      throw new ErrnoException(Errno.EBUSY, "a capture is on already: stop that first");
    }
    try (OperatorFile file = request.takeFile()) {
      capture.start(begin(file.take()));
      file.commit();
    }
    log.info("an operator has started a capture");
    return Message.ok();
  }

  private PcapFile begin(int fd) throws IOException {
    var channel = new DescriptorChannel(fd, PATIENCE_MILLIS);
    try {
      if (!FileDescriptors.isSeekable(fd)) {
        // Whoever doesn't read would have the guest wait.
        throw new ErrnoException(Errno.ESPIPE, "a capture goes to a file only");
      }
      channel.cutOff();
      return PcapFile.in(channel, loop::now, log);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  Message stop(Request request) throws IOException {
    Optional<CaptureFile> file = capture.stop();
    CaptureFile ended =
        file.orElseThrow(() -> new ErrnoException(Errno.EINVAL, "there is no capture to stop"));
    log.info("the operator has the capture ended, after " + ended.frames() + " frames");
    return Message.ok()
        .with("frames", new JsonPrimitive(ended.frames()))
        .with("complete", new JsonPrimitive(ended.isComplete()));
  }
}
