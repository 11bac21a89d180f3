#include "isolated.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <new>
#include <optional>
#include <utility>

namespace bering {
namespace {

// What reading may take: seconds of a processor, of which damaged bytecode can use up any number, and a second more for each so
// many bytes; and of a clock, far more than a busy machine makes of them.
constexpr size_t kProcessorSeconds = 10;
constexpr size_t kBytesASecond = 1 << 19;
constexpr size_t kClockFactor = 10;

// A child that neither writes nor computes for this long waits for a lock that a thread of the parent's held when it was forked.
// `CompilerMutex` keeps the compiler's own locks free then, but running programs may hold others.
constexpr int kStandsStillMilliseconds = 5000;
constexpr int kAttempts = 3;

using Work = std::function<absl::StatusOr<std::string>()>;

// What the child writes before its bytes. Bytes without it, or fewer than it says, come from a child that died.
struct Reply {
  int32_t code;
  uint64_t size;
};

bool WriteAll(int file, const void* data, size_t size) {
  const char* at = static_cast<const char*>(data);
  while (size != 0) {
    const ssize_t written = write(file, at, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    at += written;
    size -= static_cast<size_t>(written);
  }
  return true;
}

// What a process has computed so far; -1 if that cannot be told.
int64_t CpuNanoseconds(pid_t process) {
  clockid_t clock;
  struct timespec time;
  if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &time) != 0) return -1;
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

// All that `child` writes, or nothing once it stands still.
std::optional<std::string> ReadAll(int file, pid_t child) {
  std::string bytes;
  char part[1 << 16];
  int64_t computed = -1;
  while (true) {
    struct pollfd waiting = {file, POLLIN, 0};
    const int ready = poll(&waiting, 1, kStandsStillMilliseconds);
    if (ready < 0 && errno == EINTR) continue;
    if (ready == 0) {
      const int64_t before = std::exchange(computed, CpuNanoseconds(child));
      if (before != -1 && before == computed) return std::nullopt;
      continue;
    }
    const ssize_t count = read(file, part, sizeof(part));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return bytes;
    bytes.append(part, static_cast<size_t>(count));
  }
}

// So that what never ends does.
void LimitTime(size_t size) {
  const size_t seconds = kProcessorSeconds + size / kBytesASecond;
  // The hard limit is a second later: what ignores the signal of the soft one is killed.
  const struct rlimit processor = {seconds, seconds + 1};
  setrlimit(RLIMIT_CPU, &processor);
  alarm(static_cast<unsigned>(seconds * kClockFactor));
}

[[noreturn]] void Child(int pipe, size_t size, const Work& work) {
  // The parent's handlers and its terminal are not for this.
  for (int number : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGALRM, SIGXCPU, SIGTERM, SIGPIPE}) signal(number, SIG_DFL);
  const int nowhere = open("/dev/null", O_WRONLY);
  dup2(nowhere, STDOUT_FILENO);
  dup2(nowhere, STDERR_FILENO);
  const struct rlimit no_core = {0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  LimitTime(size);
  absl::StatusOr<std::string> result = absl::InternalError("an exception");
  try {
    result = work();
  } catch (...) {
  }
  const std::string bytes = result.ok() ? *std::move(result) : std::string(result.status().message());
  const Reply reply = {result.ok() ? 0 : result.status().raw_code(), bytes.size()};
  WriteAll(pipe, &reply, sizeof(reply)) && WriteAll(pipe, bytes.data(), bytes.size());
  // No destructors and no exit handlers: they are the parent's.
  _exit(0);
}

absl::Status Died(int status) {
  if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGALRM)) {
    return absl::InvalidArgumentError("the program is damaged, or too much to read: it took more time than its size is worth");
  }
  const int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  return absl::InvalidArgumentError(
      absl::StrCat("the program is damaged: reading it ended with ", number == 0 ? "no result" : strsignal(number)));
}

// One child's result; nothing if it stood still.
std::optional<absl::StatusOr<std::string>> Attempt(size_t size, const Work& work) {
  int ends[2];
  // The lock covers the pipe, too: a child that another thread forks while this one's end is open would keep it open.
  CompilerMutex().lock();
  if (pipe2(ends, O_CLOEXEC) != 0) {
    CompilerMutex().unlock();
    return absl::ResourceExhaustedError("cannot make a pipe to read a program through");
  }
  const pid_t child = fork();
  if (child == 0) {
    // The lock has a thread of the parent's for its owner and others in its queue, and nobody here may release it.
    new (&CompilerMutex()) absl::Mutex;
    close(ends[0]);
    Child(ends[1], size, work);
  }
  close(ends[1]);
  CompilerMutex().unlock();
  if (child < 0) {
    close(ends[0]);
    return absl::ResourceExhaustedError("cannot start a process to read a program in");
  }
  std::optional<std::string> bytes = ReadAll(ends[0], child);
  close(ends[0]);
  if (!bytes.has_value()) kill(child, SIGKILL);
  int status = 0;
  // Fails in a process that does not wait for its children; the bytes tell as much.
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!bytes.has_value()) return std::nullopt;
  Reply reply;
  if (bytes->size() < sizeof(reply)) return Died(status);
  memcpy(&reply, bytes->data(), sizeof(reply));
  bytes->erase(0, sizeof(reply));
  if (bytes->size() != reply.size) return Died(status);
  if (reply.code != 0) return absl::Status(static_cast<absl::StatusCode>(reply.code), *bytes);
  return *std::move(bytes);
}

}  // namespace

absl::Mutex& CompilerMutex() {
  static absl::Mutex& mutex = *new absl::Mutex;
  return mutex;
}

absl::StatusOr<std::string> RunIsolated(size_t size, const Work& work) {
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (auto result = Attempt(size, work)) return *std::move(result);
  }
  return absl::UnavailableError(absl::StrCat("reading the program stood still, ", kAttempts, " times"));
}

}  // namespace bering
