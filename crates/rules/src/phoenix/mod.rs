//! Phoenix: what belongs where, and what routers, topics and the rest of the project say of each other.
use crate::Entry;

mod action_without_route;
mod channel_join_heavy;
mod context_boundary;
mod fat_controller;
mod mix_at_run_time;
mod plug_blocking;
mod pubsub_topic_mismatch;
mod repo_in_web;
mod route_without_action;
mod routes;
mod slow;
pub(crate) mod topics;
mod unguarded_action;
mod unguarded_live_route;
mod unguarded_route;

pub(crate) fn rules() -> Vec<Entry> {
    vec![
        Entry::of::<action_without_route::ActionWithoutRoute>(),
        Entry::of::<channel_join_heavy::ChannelJoinHeavy>(),
        Entry::of::<context_boundary::ContextBoundary>(),
        Entry::of::<fat_controller::FatController>(),
        Entry::of::<mix_at_run_time::MixAtRunTime>(),
        Entry::of::<plug_blocking::PlugBlocking>(),
        Entry::of::<pubsub_topic_mismatch::PubsubTopicMismatch>(),
        Entry::of::<repo_in_web::RepoInWeb>(),
        Entry::of::<route_without_action::RouteWithoutAction>(),
        Entry::of::<unguarded_action::UnguardedAction>(),
        Entry::of::<unguarded_live_route::UnguardedLiveRoute>(),
        Entry::of::<unguarded_route::UnguardedRoute>(),
    ]
}
