package org.jpasst.control;

import org.jpasst.config.Configuration;
import org.jpasst.config.PortRange;
import org.jpasst.control.metrics.Metrics;
import org.jpasst.guest.capture.CaptureSwitch;
import org.jpasst.log.Log;
import org.jpasst.proto.listen.ForwardTable;

/**
 * What an operator can look at and change.
 *
 * @param configuration of the run
 * @param ephemeral ports that a SPEC without any leaves out
 * @param parts what is under way; the loop ends the run, too
 * @param forwards the rules in force
 * @param capture stands in front of the guest's link
 * @param log has a level
 */
public record Controlled(
    Configuration configuration,
    PortRange ephemeral,
    Metrics.Sources parts,
    ForwardTable forwards,
    CaptureSwitch capture,
    Log log) {}
