//! The module of the policy `git-repo-volume`. Made by `make gen`.
plimsoll_guest::export!(plimsoll::policies::storage::git_repo_volume::GitRepoVolume);
