package org.jpasst.guest.vhostuser;

/**
 * Carries the back-end's state inside QEMU's migration: SET_DEVICE_STATE_FD and CHECK_DEVICE_STATE.
 */
public interface DeviceState {
  /** A state that can't be carried. */
  DeviceState UNSUPPORTED =
      new DeviceState() {
        private static final int ENOTSUP = 95;

        @Override
        public void expected() {
          // It will be refused.
        }

        @Override
        public int save(int fd) {
          return ENOTSUP;
        }

        @Override
        public int load(int fd) {
          return ENOTSUP;
        }

        @Override
        public void taken() {
          // There was nothing to take.
        }

        @Override
        public void resumed() {
          // Nothing was ever paused.
        }
      };

  /** The front-end begins to copy the guest's memory: the state is likely to be saved soon. */
  void expected();

  /**
   * Writes the state. The guest stands still.
   *
   * @param fd write end of a pipe, which stays the caller's
   * @return 0, or a positive error number; then the back-end is as if nothing had happened
   */
  int save(int fd);

  /**
   * Reads a state, to its end. The guest has no memory yet.
   *
   * @param fd read end of a pipe, which stays the caller's
   * @return 0, or a positive error number
   */
  int load(int fd);

  /** The front-end has the state that was saved. The guest may still go on here. */
  void taken();

  /** The guest runs again here, although its state had been saved. */
  void resumed();
}
