/**
 * Moves the state of a guest that QEMU migrates where QEMU carries none: watches QEMU's monitor
 * ({@link org.jpasst.qmp.Monitor}), and hands the state from one back-end to the other
 * (docs/migration.md).
 */
package org.jpasst.qmp;
