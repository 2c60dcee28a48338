#include <hourglass/tensor/base/error.h>
#include <hourglass/training/callbacks/backup_and_restore.h>

namespace hourglass::training {

BackupAndRestore::BackupAndRestore(std::string path, BackupAndRestoreOptions options)
    : checkpoint_{.path = std::move(path),
                  .every_batches = options.save_freq,
                  .notes = std::move(options.notes),
                  .also = std::move(options.also),
                  .delete_when_done = options.delete_checkpoint} {
  if (checkpoint_.path.empty()) {
    throw DataError("BackupAndRestore: the path is empty; give it a file of its own, such as \"backup.h5\"");
  }
  if (options.save_freq < 0)
    throw DataError("BackupAndRestore: save_freq must not be negative, got {}; 0 saves after each epoch",
                    options.save_freq);
}

}  // namespace hourglass::training
