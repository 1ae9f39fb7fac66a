//! Analyses of several objects together: which target which, and how a pod terminates.

pub mod graph;
pub mod timeline;
