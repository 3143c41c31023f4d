package org.jpasst.lab;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Marks a test or test class that needs the lab. Where the lab cannot be had (not Linux, not root,
 * a missing command) it is skipped and says why on standard error; with {@code
 * JPASST_LAB_REQUIRED=1} in the environment, as in continuous integration, that is a failure
 * instead.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Tag("lab")
@Timeout(value = 5, unit = TimeUnit.MINUTES)
@ExtendWith(LabCondition.class)
public @interface LabTest {}
